import { forPeers } from "../../errors.ts";
import type { HttpFailure } from "../../http.ts";
import { VERSION } from "../../version.ts";
import type { Context } from "./options.ts";
import { jsonResponse, textResponse } from "./responses.ts";

/** A source that has failed for longer than this is not healthy, in ms. */
const FAILED_MS = 10_000;

/** Relative to `/state`: so they hold by whatever address it was reached, behind a proxy too, and give no other away. */
const URLS = {
  page: "./",
  stream: "stream",
  streamMp4: "stream.mp4",
  snapshot: "snapshot",
  healthz: "healthz",
  metrics: "metrics",
};

/**
 * `GET /state`: what `lanvid serve --json` says, as far as whoever asks may know it. Viewers' addresses and names are told to
 * this machine only.
 */
export function stateResponse({ options, port, clock, startedAt }: Context, asker: string): Response {
  const { maxDelayMs, streamPort } = options;
  const track = options.stream.original;
  const viewers = track.viewers();
  const isOwnMachine = isLoopback(asker);
  return jsonResponse({
    version: VERSION,
    name: track.description.name,
    uptimeMs: Math.round(clock.now() - startedAt),
    maxDelayMs,
    ports: { stream: streamPort(), http: port },
    urls: URLS,
    source: track.stats().source,
    viewers: {
      count: viewers.length,
      list: isOwnMachine ? viewers : viewers.map((viewer) => ({ ...viewer, address: null, name: null })),
    },
  });
}

/** `GET /healthz`: for supervisors. An idle source is a healthy one. */
export function healthResponse({ options }: Context): Response | HttpFailure {
  const track = options.stream.original;
  if (track.failedMs <= FAILED_MS) {
    return textResponse("ok\n");
  }
  return {
    status: 503,
    code: "source-failed",
    message: track.description.error?.forPeers ?? forPeers`the source gives no picture`,
    hint: forPeers`open / to see it as soon as it is back`,
    headers: { "Retry-After": "5" },
  };
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
