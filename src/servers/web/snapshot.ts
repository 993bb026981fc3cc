import { forPeers } from "../../errors.ts";
import { type HttpFailure, headersWith } from "../../http.ts";
import type { Packet } from "../../media.ts";
import type { Track } from "../../stream.ts";
import type { Clock, Timer } from "../../time.ts";
import { timestampOf } from "./multipart.ts";

/** The oldest frame that is still "now", in ms. */
const MAX_AGE_MS = 1000;
/** How long a source may take to give its first frame, in ms. */
const WAIT_MS = 5000;

/** The newest frame. Starts an idle source for it, and counts as a viewer until it has one. */
export async function snapshotResponse(
  track: Track,
  address: string,
  signal: AbortSignal,
  clock: Clock,
): Promise<Response | HttpFailure> {
  const frame = await freshFrame(track, address, signal, clock);
  if (frame === null) {
    return {
      status: 503,
      code: "no-picture",
      message: track.description.error?.forPeers ?? forPeers`no picture came within ${WAIT_MS / 1000} s`,
      hint: forPeers`try again in a few seconds, or open / and wait for it there`,
      headers: { "Retry-After": "5" },
    };
  }
  return new Response(frame.bytes as Uint8Array<ArrayBuffer>, {
    headers: headersWith({
      "Content-Type": "image/jpeg",
      "Content-Disposition": 'inline; filename="lanvid.jpg"',
      "X-Timestamp": timestampOf(frame),
    }),
  });
}

function freshFrame(track: Track, address: string, signal: AbortSignal, clock: Clock): Promise<Packet | null> {
  const newest = () => (track.newestAgeMs <= MAX_AGE_MS ? track.newest : null);
  return new Promise((resolve) => {
    let timer: Timer | undefined;
    const finish = () => {
      timer?.[Symbol.dispose]();
      signal.removeEventListener("abort", finish);
      subscription.close();
      resolve(newest());
    };
    const subscription = track.subscribe("snapshot", address, { packetReady: finish, described() {}, ended: finish });
    if (newest() !== null || signal.aborted) {
      finish();
      return;
    }
    timer = clock.after(WAIT_MS, finish);
    signal.addEventListener("abort", finish);
  });
}
