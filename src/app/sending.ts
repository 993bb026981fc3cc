import { type CaptureSettings, openSource, type SourceSpec } from "../capture.ts";
import { findFfmpeg } from "../ffmpeg.ts";
import { Hub, type Seat } from "../hub.ts";
import type { Log } from "../log.ts";
import type { FrameSource } from "../media.ts";
import { parseAddress } from "../net.ts";
import { RemoteSource } from "./remote-source.ts";

/** What `serve` and `push` stream. */
export interface SendingOptions {
  readonly source: SourceSpec;
  readonly settings: CaptureSettings;
  readonly maxDelayMs: number;
  readonly alwaysOn: boolean;
  /** What the stream is called; null for the machine's name. */
  readonly name: string;
  readonly ffmpegPath: string | undefined;
}

/** A source and its hub, ready to be watched. */
export interface Sending {
  readonly hub: Hub;
  readonly source: FrameSource;
  /** Settles with the reason when the source is over for good. */
  readonly ended: Promise<string>;
}

/** @throws LanvidError when there is no ffmpeg, or the source is missing or denied */
export function openSending(options: SendingOptions, log: Log): Sending {
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<string>();
  const hub = new Hub({
    name: options.name,
    alwaysOn: options.alwaysOn,
    onEnd,
    onViewer: (event, seat) => sayViewer(event, seat, log),
  });
  const source = open(options, log);
  return { hub, source, ended };
}

function open(options: SendingOptions, log: Log): FrameSource {
  const { source: spec, settings, name, maxDelayMs } = options;
  if (spec.kind === "relay") {
    return new RemoteSource({ address: parseAddress(spec.address), name, maxDelayMs, log });
  }
  return openSource(spec, { settings, log, ffmpeg: findFfmpeg(options.ffmpegPath) });
}

function sayViewer(event: "joined" | "left", seat: Seat, log: Log): void {
  if (seat.kind === "snapshot") {
    return;
  }
  const how = { tcp: "lanvid", ws: "browser", multipart: "/stream", local: "page", snapshot: "" }[seat.kind];
  const skipped = event === "left" && seat.skipped > 0 ? `, ${seat.skipped} frames skipped` : "";
  log.info(`viewer ${event}: ${seat.address ?? "unknown"} (${how}${skipped})`);
}
