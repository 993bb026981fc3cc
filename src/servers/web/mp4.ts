import { forPeers } from "../../errors.ts";
import { type HttpFailure, headersWith } from "../../http.ts";
import { Fmp4Muxer, type H264Parameters, h264Parameters, hasSameParameters, type Packet } from "../../media.ts";
import type { Stream, Track } from "../../stream.ts";
import { type Fed, Feed, type FeedClient } from "./feed.ts";
import { UNBUFFERED } from "./responses.ts";

/** How long a source may take to say what it gives, ms. */
const WAIT_MS = 5000;
/** How long the first frame is said to last, and any frame at most; µs. */
const FIRST_MICROS = 33_333;
const LONGEST_MICROS = 1_000_000;
/** What is only decoded to begin with takes no more time than this, µs. */
const STEP_MICROS = 1000;

/** Headers of the endless response. */
export function mp4Headers(): Record<string, string> {
  return headersWith({ "Content-Type": "video/mp4", ...UNBUFFERED });
}

/**
 * `GET /stream.mp4`: H.264 as fragmented MP4, a fragment per frame, for as long as the client takes it. It begins with a
 * key frame, and ends when the picture's size or parameters change, which players can't follow in one file.
 */
export async function mp4Response(stream: Stream, client: FeedClient): Promise<Response | HttpFailure> {
  const track = await hubWithH264(stream, client);
  if (track === null) {
    return {
      status: 503,
      code: "no-h264",
      message: forPeers`this stream is not available as H.264 right now`,
      hint: forPeers`start lanvid with --codec h264, or open /stream for JPEG`,
      headers: { "Retry-After": "5" },
    };
  }
  const body = new ReadableStream({
    type: "direct",
    async pull(controller) {
      const feed = new Feed(track, "mp4-stream", client);
      const film = new Mp4Film();
      try {
        for (let fed = await feed.next(); fed !== null; fed = await feed.next()) {
          const bytes = film.add(fed);
          if (bytes === null) {
            break;
          }
          await feed.written(controller.write(bytes));
          await feed.written(controller.flush());
        }
      } finally {
        feed.close();
        controller.close();
      }
    },
  });
  return new Response(body, { headers: mp4Headers() });
}

/** The stream as H.264. Starts an idle source whose codec is not known; null when there is none, or it says nothing. */
async function hubWithH264(stream: Stream, { address, signal, clock }: FeedClient): Promise<Track | null> {
  const track = () => stream.variants(["h264"])?.[0]?.track ?? null;
  if (stream.variants(["h264"]) !== null) {
    return track();
  }
  return await new Promise((resolve) => {
    const finish = () => {
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", finish);
      subscription.close();
      resolve(track());
    };
    const look = () => {
      if (stream.variants(["h264"]) !== null) {
        finish();
      }
    };
    const timer = clock.after(WAIT_MS, finish);
    const subscription = stream.original.subscribe("snapshot", address, {
      packetReady: look,
      described: look,
      ended: finish,
    });
    signal.addEventListener("abort", finish);
  });
}

/** One client's endless MP4: frames are as far apart in it as they were captured. */
class Mp4Film {
  readonly #muxer = new Fmp4Muxer();
  #parameters: H264Parameters | null = null;
  #last: { readonly capturedAt: number; readonly timeMicros: number } | null = null;
  #durationMicros = FIRST_MICROS;

  /** @returns what to write, or null when it can't go on */
  add({ frame, isPreroll }: Fed): Uint8Array | null {
    const init = frame.isKey ? this.#begin(frame) : new Uint8Array();
    if (init === null || this.#parameters === null) {
      return null;
    }
    const timeMicros = this.#place(frame, isPreroll);
    const sample = { bytes: frame.bytes, isKey: frame.isKey, timeMicros };
    return Buffer.concat([init, this.#muxer.fragment([sample], this.#durationMicros)]);
  }

  #begin({ bytes }: Packet): Uint8Array | null {
    const parameters = h264Parameters(bytes);
    if (parameters === undefined) {
      return null;
    }
    if (this.#parameters === null) {
      this.#parameters = parameters;
      return this.#muxer.init(parameters);
    }
    return hasSameParameters(parameters, this.#parameters) ? new Uint8Array() : null;
  }

  #place({ capturedAt }: Packet, isPreroll: boolean): number {
    const last = this.#last;
    const passed = last === null ? 0 : Math.max(STEP_MICROS, capturedAt - last.capturedAt);
    const step = isPreroll ? Math.min(passed, STEP_MICROS) : passed;
    const timeMicros = last === null ? 0 : last.timeMicros + step;
    if (step > STEP_MICROS) {
      this.#durationMicros = Math.min(LONGEST_MICROS, step);
    }
    this.#last = { capturedAt, timeMicros };
    return timeMicros;
  }
}
