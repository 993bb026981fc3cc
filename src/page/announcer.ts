import { systemClock, type Timer } from "../time.ts";

/** Between two changes of what a screen reader reads out, ms; before the first, what comes and goes at once may settle. */
const QUIET_MS = 5000;
const SETTLE_MS = 500;

/** Has a screen reader say something when the rest has been said, within 5 s. */
export type Announce = (subject: "state" | "notice", text: string) => void;

/**
 * Speaks in a live region, which is to be the only one: not too often, of each subject only what is newest, and nothing of a
 * state that came and went meanwhile.
 */
export function announcerIn(region: { textContent: string | null }, clock = systemClock): Announce {
  const waiting = new Map<"state" | "notice", string>();
  let saidState = "";
  let timer: Timer | null = null;
  const say = () => {
    timer = null;
    const state = waiting.get("state");
    if (state === saidState) {
      waiting.delete("state");
    }
    if (waiting.size === 0) {
      return;
    }
    saidState = state ?? saidState;
    region.textContent = [...waiting.values()].join(". ");
    waiting.clear();
    timer = clock.after(QUIET_MS, say);
  };
  return (subject, text) => {
    waiting.set(subject, text);
    if (timer === null) {
      timer = clock.after(SETTLE_MS, say);
    }
  };
}
