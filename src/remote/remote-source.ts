import { asLanvidError, type Fault, forPeers, type LanvidError } from "../errors.ts";
import { findFfmpeg } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import type { NewPacket, Source, SourceSink } from "../media.ts";
import { type Address, formatAddress } from "../net.ts";
import { WarnOnce } from "../rate-limited-log.ts";
import { type Clock, sleep, systemClock } from "../time.ts";
import { JpegEncoder } from "../transcode.ts";
import { keepConnected } from "./keep-connected.ts";
import { Reception } from "./reception.ts";

export interface RemoteSourceOptions {
  readonly address: Address;
  readonly name: string;
  readonly maxDelayMs: number | null;
  readonly ffmpegPath: string | undefined;
  readonly log: Log;
  readonly clock?: Clock;
}

/** What other tries seem not to change is tried again all the same, ms: somebody may put it right over there. */
const TRY_AGAIN_MS = 5_000;
/**
 * The same for a stream that passed through too many relays, ms: each try of ours is a viewer for all relays of the circle,
 * which would keep each other awake.
 */
const CIRCLE_REST_MS = 120_000;

/** What was well for so long is news when it is not, ms. */
const SETTLED_MS = 5000;

/** Another lanvid's stream as a source of ours: what makes `serve lanvid://…` a relay. */
export class RemoteSource implements Source {
  readonly kind = "relay";
  readonly codec = null;
  readonly name: string;
  readonly alwaysOn = false;
  readonly #options: RemoteSourceOptions;
  #abort: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #restarts = 0;

  constructor(options: RemoteSourceOptions) {
    this.#options = options;
    this.name = formatAddress(options.address);
  }

  start(sink: SourceSink): void {
    if (this.#abort && !this.#abort.signal.aborted) {
      return;
    }
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#running = this.#running.then(() => this.#relay(sink, signal));
  }

  stop(): Promise<void> {
    this.#abort?.abort();
    return this.#running;
  }

  async #relay(sink: SourceSink, signal: AbortSignal): Promise<void> {
    const { log, clock = systemClock } = this.#options;
    const { reception, encoder } = this.#receiveInto(sink);
    sink.describe({ state: "starting" });
    const refusals = new WarnOnce(log);
    while (!signal.aborted) {
      const startedAt = clock.now();
      try {
        await this.#connect(reception, sink, signal);
      } catch (error) {
        const fault = asLanvidError(error);
        if (clock.now() - startedAt >= SETTLED_MS) {
          refusals.forget();
        }
        refusals.warn(fault.message, { line: `${fault.message}; trying again`, hint: fault.hint });
        const isCircle = fault.code === "hops";
        // Our own viewers stay, and are told why: what they would be shown passed through nobody.
        sink.describe({ state: "failed", error: faultOf(fault), ...(isCircle && { hops: 0 }) });
        await sleep(isCircle ? CIRCLE_REST_MS : TRY_AGAIN_MS, signal, clock);
      }
    }
    await encoder.close();
  }

  /** What comes goes on as it is, but for a classic sender's pixels, which become JPEG. */
  #receiveInto(sink: SourceSink): { readonly reception: Reception; readonly encoder: JpegEncoder } {
    const { name, maxDelayMs, ffmpegPath, log, clock = systemClock } = this.#options;
    // What it is called is decided here; the rest is the other lanvid's to say.
    const describe: SourceSink["describe"] = ({ name: _theirs, restarts: _restarts, ...change }) =>
      sink.describe(change);
    const give = (frame: NewPacket) => {
      describe({ state: "live", error: null });
      sink.frame(frame);
    };
    const encoder = new JpegEncoder({
      findFfmpeg: () => findFfmpeg(ffmpegPath),
      onPicture: (picture) => {
        if (reception.getsPixels) {
          give({ ...picture, isKey: true });
        }
      },
      log,
    });
    const reception = new Reception({
      name,
      maxDelayMs,
      codecs: () => ["h264", "mjpeg"],
      sink: { describe },
      onFrame: give,
      onPixels: (pixels, picture) => encoder.push(pixels, picture),
      onWarning: (message) => log.warn(message),
      clock,
    });
    return { reception, encoder };
  }

  /** @throws LanvidError when other tries seem not to change it */
  async #connect(reception: Reception, sink: SourceSink, signal: AbortSignal): Promise<void> {
    const { address, log, clock = systemClock } = this.#options;
    await keepConnected({
      address,
      counterpart: "serve",
      retry: true,
      throwsLater: true,
      signal,
      log,
      clock,
      converse: async (connection) => {
        const end = await reception.receive(connection, signal);
        return { end, isGreeted: reception.wasGreeted };
      },
      onLost: (error) => {
        this.#restarts += 1;
        sink.describe({ state: "failed", error: faultOf(error), restarts: this.#restarts });
      },
    });
  }
}

/** Viewers hear that there is another lanvid, not where. */
function faultOf({ code, kind, message, forPeers: own }: LanvidError): Fault {
  if (code === "hops") {
    return { message, forPeers: forPeers`the stream passed through too many relays` };
  }
  if (kind === "refused") {
    return { message, forPeers: forPeers`the lanvid that this one relays does not send to it` };
  }
  return { message, forPeers: kind === "connection" ? forPeers`the lanvid that this one relays does not answer` : own };
}
