import { systemClock, type Timer } from "../time.ts";
import type { Announce } from "./announcer.ts";

/** A notice goes by itself after so long, in ms. */
const SHOWN_MS = 8000;
const BRIEF_MS = 2500;

/** Tells a person what changes nothing of the picture, in place of what was told before. @param isBrief it is read at a glance */
export type ShowNotice = (text: string, isBrief?: boolean) => void;

/** Shows notices in this element, each for a while. */
export function noticesIn(element: HTMLElement, announce: Announce, clock = systemClock): ShowNotice {
  let timer: Timer | null = null;
  return (text, isBrief = false) => {
    element.textContent = text;
    element.hidden = false;
    announce("notice", text);
    timer?.[Symbol.dispose]();
    timer = clock.after(isBrief ? BRIEF_MS : SHOWN_MS, () => {
      element.hidden = true;
    });
  };
}
