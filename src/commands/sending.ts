import { type CaptureSettings, openSource, type SourceSpec } from "../capture.ts";
import { maxArrayBytes, type PickleProtocol, type WrittenLength } from "../classic-pickle.ts";
import type { Fault } from "../errors.ts";
import { findFfmpeg } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { Source } from "../media.ts";
import { parseAddress } from "../net.ts";
import { RemoteSource } from "../remote.ts";
import { ClassicReceivers } from "../servers/classic.ts";
import { type Stream, type Subscription, Track } from "../stream.ts";
import { type Clock, systemClock } from "../time.ts";
import { type WithRenditions, withRenditions } from "../transcode.ts";
import { sayViewer } from "./viewer-words.ts";

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
  readonly clock?: Clock;
}

/** What classic Python receivers get. */
export interface ClassicSettings {
  /** `raw`: pixels, as the programs themselves send; `jpeg`: what cv2.imencode gives; `off`: nothing. */
  readonly mode: "raw" | "jpeg" | "off";
  /** Receivers at a time. */
  readonly max: number;
  /** For all of them together; 0 for no limit. */
  readonly bitsPerSecond: number;
  /** Null for the picture's bytes without a pickle. */
  readonly pickle: PickleProtocol | null;
  /** How the length before each message is written. */
  readonly length: WrittenLength;
}

/** A source and its stream, ready to be watched. */
export interface Sending {
  readonly stream: Stream;
  readonly source: Source;
  /** Null when they get nothing. */
  readonly classic: ClassicReceivers | null;
  /** Settles when the source is over for good; with a LanvidError when it can't be read. */
  readonly ended: Promise<Fault>;
  /** Stops the source and all that is made of it. */
  close(): Promise<void>;
}

/** @throws LanvidError when there is no ffmpeg, or the source is missing or denied */
export function openSending(options: SendingOptions, log: Log): Sending {
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<Fault>();
  const readers = new WeakSet<Subscription>();
  const onViewer = (event: "joined" | "left", subscription: Subscription) => {
    // Whoever only stays silent, a port scan or another sender, is no viewer.
    if (subscription.kind !== "classic" || readers.has(subscription)) {
      sayViewer(event, subscription, track.viewerCount, log);
    }
  };
  const onReads = (subscription: Subscription) => {
    readers.add(subscription);
    onViewer("joined", subscription);
  };
  const { clock = systemClock } = options;
  const track = new Track({
    name: options.name,
    alwaysOn: options.alwaysOn,
    onEnd,
    onViewer,
    clock,
  });
  const source = open(options, log);
  const renditions = withRenditions({
    original: track,
    quality: options.settings.quality,
    maxDelayMs: options.maxDelayMs,
    isForeign: options.source.kind === "relay",
    ffmpegPath: options.ffmpegPath,
    maxPixelBytes: maxArrayBytes(options.classic.pickle),
    onViewer,
    log,
    clock,
  });
  const close = async () => {
    await renditions.close();
    await track.close();
  };
  return {
    stream: renditions.stream,
    source,
    classic: openClassic(renditions, options.classic, onReads),
    ended,
    close,
  };
}

function openClassic(
  { jpeg, pixels }: WithRenditions,
  { mode, max, bitsPerSecond, pickle, length }: ClassicSettings,
  onReads: (subscription: Subscription) => void,
): ClassicReceivers | null {
  if (mode === "off") {
    return null;
  }
  const track = mode === "jpeg" ? jpeg : pixels;
  return new ClassicReceivers({ track, maxReceivers: max, maxBitsPerSecond: bitsPerSecond, pickle, length, onReads });
}

function open(options: SendingOptions, log: Log): Source {
  const { source: spec, settings, name, maxDelayMs, clock = systemClock } = options;
  if (spec.kind === "relay") {
    return new RemoteSource({
      address: parseAddress(spec.address),
      name,
      maxDelayMs,
      ffmpegPath: options.ffmpegPath,
      log,
      clock,
    });
  }
  return openSource(spec, { settings, maxDelayMs, log, ffmpeg: findFfmpeg(options.ffmpegPath), clock });
}
