import { headersWith } from "../../http.ts";
import type { Packet } from "../../media.ts";
import type { Track } from "../../stream.ts";
import { Feed, type FeedClient } from "./feed.ts";
import { UNBUFFERED } from "./responses.ts";

/** The boundary that mjpg-streamer and ustreamer use, which some readers take for granted. */
const BOUNDARY = "boundarydonotcross";
/** Browsers show a part when the next one's headers are there, so these are sent ahead; its length is not known yet. */
const AHEAD = `--${BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\n`;

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
export function timestampOf(frame: Packet): string {
  return (frame.capturedAt / 1e6).toFixed(6);
}

/** Headers of the endless response. */
export function multipartHeaders(): Record<string, string> {
  return headersWith({
    "Content-Type": `multipart/x-mixed-replace;boundary=${BOUNDARY}`,
    ...UNBUFFERED,
  });
}

/**
 * The newest frame, over and over, each asked for when the socket has taken the one before. The viewer counts as one
 * until it is gone, or has taken nothing for 30 s.
 */
export function multipartResponse(track: Track, style: PartStyle, client: FeedClient): Response {
  const stream = new ReadableStream({
    type: "direct",
    async pull(controller) {
      const feed = new Feed(track, "jpeg-stream", client);
      try {
        let part: Uint8Array | string | null = style === "ahead" ? AHEAD : `--${BOUNDARY}\r\n`;
        while (part !== null) {
          await feed.written(controller.write(part));
          await feed.written(controller.flush());
          const fed = await feed.next();
          part = fed === null ? null : partOf(fed.frame, style);
        }
      } finally {
        feed.close();
        controller.close();
      }
    },
  });
  return new Response(stream, { headers: multipartHeaders() });
}

const parts = { ahead: new WeakMap<Packet, Uint8Array>(), counted: new WeakMap<Packet, Uint8Array>() };

/** A frame's bytes on the wire, made once for all viewers. */
function partOf(frame: Packet, style: PartStyle): Uint8Array {
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
