import type { Hub, Seat } from "../hub.ts";
import type { Frame } from "../media.ts";
import { headersWith } from "./responses.ts";

/** The boundary that mjpg-streamer and ustreamer use, which some readers take for granted. */
const BOUNDARY = "boundarydonotcross";
/** Browsers show a part when the next one's headers are there, so these are sent ahead; its length is not known yet. */
const AHEAD = `--${BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\n`;
/** A client that takes nothing for so long is gone without having said so, or stopped; ms. */
const STALLED_MS = 30_000;

/**
 * How parts are written.
 * - `ahead`: the next part's headers follow right after each frame, without a length: for browsers
 * - `counted`: each part has its own headers with Content-Length and X-Timestamp: for programs, which need not search
 *   the picture for its end
 */
export type PartStyle = "ahead" | "counted";

/** The style for a client, by its User-Agent; `?advance_headers=1` (ustreamer's word) or `=0` overrides it. */
export function partStyle(request: Request, url: URL): PartStyle {
  const wish = url.searchParams.get("advance_headers");
  const isAhead = wish === null ? (request.headers.get("User-Agent") ?? "").startsWith("Mozilla/") : wish !== "0";
  return isAhead ? "ahead" : "counted";
}

/** When a frame was taken, in seconds since the epoch, as ustreamer's X-Timestamp. */
export function timestampOf(frame: Frame): string {
  return (frame.capturedAt / 1e6).toFixed(6);
}

/** Headers of the endless response. */
export function multipartHeaders(): Record<string, string> {
  return headersWith({
    "Content-Type": `multipart/x-mixed-replace;boundary=${BOUNDARY}`,
    // Asks a reverse proxy (nginx) to hold nothing back.
    "X-Accel-Buffering": "no",
  });
}

/** Who is asking, as the server knows it. */
export interface MultipartClient {
  readonly address: string;
  /** Aborts when the connection is gone. */
  readonly signal: AbortSignal;
  /** Ends a connection that takes nothing. */
  readonly drop: () => void;
}

/**
 * The newest frame, over and over, each asked for when the socket has taken the one before. The viewer counts as one
 * until it is gone, or has taken nothing for 30 s.
 */
export function multipartResponse(hub: Hub, style: PartStyle, client: MultipartClient): Response {
  const stream = new ReadableStream({
    type: "direct",
    async pull(controller) {
      const feed = new Feed(hub, client);
      try {
        let part: Uint8Array | string | null = style === "ahead" ? AHEAD : `--${BOUNDARY}\r\n`;
        while (part !== null) {
          await feed.written(controller.write(part));
          await controller.flush();
          const frame = await feed.next();
          part = frame === null ? null : partOf(frame, style);
        }
      } finally {
        feed.close();
        controller.close();
      }
    },
  });
  return new Response(stream, { headers: multipartHeaders() });
}

/** A seat whose frames are waited for. */
class Feed {
  readonly #seat: Seat;
  readonly #client: MultipartClient;
  readonly #close = () => this.close();
  #isOver = false;
  #wakeReader = () => {};
  #wakeWriter = () => {};

  constructor(hub: Hub, client: MultipartClient) {
    this.#client = client;
    const { address, signal } = client;
    this.#seat = hub.seat("multipart", address, {
      frameReady: () => this.#wakeReader(),
      described() {},
      ended: this.#close,
    });
    signal.addEventListener("abort", this.#close);
    if (signal.aborted) {
      this.close();
    }
  }

  /** Takes the newest frame as soon as there is one that was not taken yet; null when the viewer is gone. */
  async next(): Promise<Frame | null> {
    while (!this.#isOver) {
      const frame = this.#seat.peek();
      if (frame !== null) {
        this.#seat.take(frame);
        return frame;
      }
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    return null;
  }

  /** Settles when nothing of what was written waits in this process any more, or the viewer is gone. */
  async written(writing: number | Promise<number>): Promise<void> {
    if (typeof writing === "number") {
      return;
    }
    const stalled = setTimeout(() => {
      this.close();
      this.#client.drop();
    }, STALLED_MS);
    await new Promise<void>((resolve, reject) => {
      this.#wakeWriter = resolve;
      writing.then(() => resolve(), reject);
    }).finally(() => clearTimeout(stalled));
  }

  /** Leaves the hub. Idempotent. */
  close(): void {
    this.#isOver = true;
    this.#client.signal.removeEventListener("abort", this.#close);
    this.#seat.close();
    this.#wakeReader();
    this.#wakeWriter();
  }
}

const parts = { ahead: new WeakMap<Frame, Uint8Array>(), counted: new WeakMap<Frame, Uint8Array>() };

/** A frame's bytes on the wire, made once for all viewers. */
function partOf(frame: Frame, style: PartStyle): Uint8Array {
  const cached = parts[style].get(frame);
  if (cached) {
    return cached;
  }
  const before =
    style === "ahead"
      ? ""
      : `Content-Type: image/jpeg\r\nContent-Length: ${frame.bytes.length}\r\nX-Timestamp: ${timestampOf(frame)}\r\n\r\n`;
  const after = `\r\n${style === "ahead" ? AHEAD : `--${BOUNDARY}\r\n`}`;
  const part = Buffer.concat([Buffer.from(before), frame.bytes, Buffer.from(after)]);
  parts[style].set(frame, part);
  return part;
}
