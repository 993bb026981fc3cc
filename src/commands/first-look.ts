import type { Source, StreamDescription } from "../media.ts";
import type { Track } from "../stream.ts";
import { type Clock, systemClock, type Timer } from "../time.ts";
import type { SeenSource } from "./reporter.ts";

/** A source that fails has so long to be found after all, ms: another way of reading it may do. */
const TRY_AGAIN_MS = 3000;

/**
 * Starts a source once, as a viewer would, to say at the start what it gives, or that it can't: with its first picture it
 * rests again, unless somebody watches. Whoever comes meanwhile finds it running.
 * @param onSeen told once of a first picture, and before that of a failure
 * @returns what ends the look
 */
export function lookAtSource(
  track: Track,
  source: Source,
  onSeen: (seen: SeenSource) => void,
  clock: Clock = systemClock,
): () => void {
  if (source.isCertain === true || (source.readsOnce === true && !source.alwaysOn)) {
    return () => undefined;
  }
  let timer: Timer | undefined;
  const close = () => {
    timer?.[Symbol.dispose]();
    subscription.close();
  };
  const say = ({ state, codec, width, height, error }: StreamDescription) => {
    const fps = source.fps ?? null;
    onSeen({ name: source.name, state, codec, width, height, fps, error: error?.message ?? null });
  };
  const subscription = track.subscribe("local", null, {
    packetReady() {
      close();
      say(track.description);
    },
    described(description) {
      if (description.state === "failed" && timer === undefined) {
        timer = clock.after(TRY_AGAIN_MS, close);
        say(description);
      }
    },
    ended: close,
  });
  return close;
}
