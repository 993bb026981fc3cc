import type { Counter, Gauge, Registry } from "prom-client";
import { SOURCE_STATES } from "../../media.ts";
import { VIEWER_KINDS } from "../../stream.ts";
import { VERSION } from "../../version.ts";
import type { Context } from "./options.ts";
import { textResponse } from "./responses.ts";

let registry: { readonly owner: Context; readonly metrics: Promise<Registry> } | undefined;

/** `GET /metrics`, for Prometheus. The library is loaded by the first who asks. */
export async function metricsResponse(context: Context): Promise<Response> {
  if (registry?.owner !== context) {
    registry = { owner: context, metrics: buildRegistry(context) };
  }
  const metrics = await registry.metrics.catch((error) => {
    // The library could not be read, as when no more files can be opened: the next one may have more luck.
    registry = undefined;
    throw error;
  });
  return textResponse(await metrics.metrics(), metrics.contentType);
}

async function buildRegistry({ options, clock, startedAt }: Context): Promise<Registry> {
  const prometheus = await import("prom-client");
  const track = options.stream.original;
  const registers = [new prometheus.Registry()];
  const gauge = (name: string, help: string, read: (gauge: Gauge) => void, labelNames: string[] = []) => {
    new prometheus.Gauge({ name: `lanvid_${name}`, help, labelNames, registers, collect: collector(read) });
  };
  const counter = (name: string, help: string, read: (counter: Counter) => void, labelNames: string[] = []) => {
    new prometheus.Counter({ name: `lanvid_${name}`, help, labelNames, registers, collect: collector(read) });
  };

  gauge("build_info", "The running version.", (it) => it.set({ version: VERSION }, 1), ["version"]);
  gauge("uptime_seconds", "Time since the start.", (it) => it.set((clock.now() - startedAt) / 1000));
  gauge("resident_memory_bytes", "Memory in use by lanvid itself, without ffmpeg.", (it) => it.set(residentBytes()));
  counter("cpu_seconds_total", "CPU time used by lanvid itself, without ffmpeg.", (it) => it.inc(cpuSeconds()));
  gauge(
    "source_state",
    "1 for the state that the source is in: idle while nobody watches, starting, live, or failed.",
    (it) => {
      for (const state of SOURCE_STATES) {
        it.set({ state }, track.description.state === state ? 1 : 0);
      }
    },
    ["state"],
  );
  gauge("source_live", "1 while frames arrive from the source.", (it) =>
    it.set(track.description.state === "live" ? 1 : 0),
  );
  gauge("source_failed_seconds", "For how long the source has given no picture.", (it) =>
    it.set(track.failedMs / 1000),
  );
  counter("source_restarts_total", "Restarts of the source.", (it) => it.inc(track.description.restarts));
  counter("frames_total", "Frames that the source gave.", (it) => it.inc(track.frameCount));
  gauge("frame_bytes", "Size of the newest frame.", (it) => it.set(track.newest?.bytes.length ?? 0));
  counter("dropped_frames_total", "Frames that viewers did not get because a newer one was due.", (it) =>
    it.inc(track.stats().dropped),
  );
  gauge(
    "viewers",
    "Viewers now, by kind of connection.",
    (it) => {
      for (const kind of VIEWER_KINDS) {
        it.set({ kind }, 0);
      }
      for (const { kind } of track.viewers()) {
        it.inc({ kind });
      }
    },
    ["kind"],
  );
  gauge(
    "viewer_delay_seconds",
    "From the capture of a frame until it was shown, as the viewer reports it.",
    (it) => {
      for (const { id, kind, delayMs } of track.viewers()) {
        if (delayMs !== null) {
          it.set({ id: String(id), kind }, delayMs / 1000);
        }
      }
    },
    ["id", "kind"],
  );
  gauge("connections", "Connections to both ports now, viewers and others.", (it) =>
    it.set(options.limits?.connections ?? 0),
  );
  gauge("handshakes", "Connections that have not yet said what they are.", (it) =>
    it.set(options.limits?.handshakes ?? 0),
  );
  counter(
    "refused_connections_total",
    "Connections and requests that were refused, by reason.",
    (it) => {
      for (const [reason, count] of options.refusals?.counts ?? []) {
        it.inc({ reason }, count);
      }
    },
    ["reason"],
  );
  return registers[0] as Registry;
}

/** prom-client asks each metric to collect itself, as `this`. */
function collector<Metric extends { reset(): void }>(read: (metric: Metric) => void): (this: Metric) => void {
  return function () {
    this.reset();
    read(this);
  };
}

/** Bun reads it from a file, which fails when no more can be opened. */
function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return Number.NaN;
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
