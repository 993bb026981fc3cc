import { page } from "./elements.ts";

/** Between two changes of what a screen reader reads out, ms; before the first, what comes and goes at once may settle. */
const QUIET_MS = 5000;
const SETTLE_MS = 500;

/** What is to be said next, by subject: of each, only the newest is worth saying. */
const waiting = new Map<"state" | "notice", string>();
let saidState = "";
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Has a screen reader say something when it is done with the rest, within 5 s. The page has no other live region. A state
 * that came and went meanwhile is not mentioned.
 */
export function announce(subject: "state" | "notice", text: string): void {
  waiting.set(subject, text);
  if (timer === undefined) {
    timer = setTimeout(say, SETTLE_MS);
  }
}

function say(): void {
  timer = undefined;
  const state = waiting.get("state");
  if (state === saidState) {
    waiting.delete("state");
  }
  if (waiting.size === 0) {
    return;
  }
  saidState = state ?? saidState;
  page.announcer.textContent = [...waiting.values()].join(". ");
  waiting.clear();
  timer = setTimeout(say, QUIET_MS);
}
