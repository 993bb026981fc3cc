import { type CaptureSettings, openSource, type SourceSpec } from "../capture.ts";
import type { PickleProtocol } from "../classic.ts";
import type { LanvidError } from "../errors.ts";
import { findFfmpeg } from "../ffmpeg.ts";
import { Hub, type Seat } from "../hub.ts";
import type { Log } from "../log.ts";
import type { FrameSource } from "../media.ts";
import { ClassicReceivers, parseAddress } from "../net.ts";
import { PixelRendition } from "../rendition.ts";
import { RemoteSource } from "./remote-source.ts";
import type { SourceEnd } from "./reporter.ts";

/** What `serve` and `push` stream. */
export interface SendingOptions {
  readonly source: SourceSpec;
  readonly settings: CaptureSettings;
  readonly maxDelayMs: number;
  readonly alwaysOn: boolean;
  /** What the stream is called; null for the machine's name. */
  readonly name: string;
  readonly ffmpegPath: string | undefined;
  readonly classic: ClassicSettings;
}

/** What classic Python receivers get. */
export interface ClassicSettings {
  /** `raw`: pixels, as the programs themselves send; `jpeg`: what cv2.imencode gives; `off`: nothing. */
  readonly mode: "raw" | "jpeg" | "off";
  /** Receivers at a time. */
  readonly max: number;
  /** For all of them together; 0 for no limit. */
  readonly bitsPerSecond: number;
  readonly pickle: PickleProtocol;
}

/** A source and its hub, ready to be watched. */
export interface Sending {
  readonly hub: Hub;
  readonly source: FrameSource;
  /** Null when they get nothing. */
  readonly classic: ClassicReceivers | null;
  /** Settles when the source is over for good. */
  readonly ended: Promise<SourceEnd>;
  /** Stops the source and all that is made of it. */
  close(): Promise<void>;
}

/** @throws LanvidError when there is no ffmpeg, or the source is missing or denied */
export function openSending(options: SendingOptions, log: Log): Sending {
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<SourceEnd>();
  let fault: LanvidError | null = null;
  const hub = new Hub({
    name: options.name,
    alwaysOn: options.alwaysOn,
    onEnd: (reason) => onEnd({ reason, error: fault }),
    onViewer: (event, seat) => sayViewer(event, seat, log),
  });
  const onFault = (error: LanvidError) => {
    fault = error;
  };
  const source = open(options, onFault, log);
  const { classic, pixels } = openClassic(hub, options, log);
  const close = async () => {
    await pixels?.close();
    await hub.close();
  };
  return { hub, source, classic, ended, close };
}

/** The classic receivers' own hub holds pixels, made by one ffmpeg while there are any receivers. */
function openClassic(
  hub: Hub,
  { classic, ffmpegPath, name }: SendingOptions,
  log: Log,
): { readonly classic: ClassicReceivers | null; readonly pixels: Hub | null } {
  const limits = { maxReceivers: classic.max, maxBitsPerSecond: classic.bitsPerSecond, pickle: classic.pickle };
  if (classic.mode === "off") {
    return { classic: null, pixels: null };
  }
  if (classic.mode === "jpeg") {
    return { classic: new ClassicReceivers({ hub, ...limits }), pixels: null };
  }
  const pixels = new Hub({ name, graceMs: 0, onViewer: (event, seat) => sayViewer(event, seat, log) });
  pixels.attach(new PixelRendition({ from: hub, findFfmpeg: () => findFfmpeg(ffmpegPath), log }));
  hub.addRendition(pixels);
  return { classic: new ClassicReceivers({ hub: pixels, ...limits }), pixels };
}

function open(options: SendingOptions, onFault: (error: LanvidError) => void, log: Log): FrameSource {
  const { source: spec, settings, name, maxDelayMs } = options;
  if (spec.kind === "relay") {
    return new RemoteSource({
      address: parseAddress(spec.address),
      name,
      maxDelayMs,
      ffmpegPath: options.ffmpegPath,
      log,
    });
  }
  return openSource(spec, { settings, onFault, log, ffmpeg: findFfmpeg(options.ffmpegPath) });
}

function sayViewer(event: "joined" | "left", seat: Seat, log: Log): void {
  if (seat.kind === "snapshot" || seat.kind === "local") {
    return;
  }
  const how = { tcp: "lanvid", ws: "browser", multipart: "/stream", classic: "classic Python program" }[seat.kind];
  const skipped = event === "left" && seat.skipped > 0 ? `, ${seat.skipped} frames skipped` : "";
  log.info(`viewer ${event}: ${seat.address ?? "unknown"} (${how}${skipped})`);
}
