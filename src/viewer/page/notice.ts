import { announce } from "./announcer.ts";
import { page } from "./elements.ts";

/** A notice goes by itself after so long, in ms. */
const SHOWN_MS = 8000;
const BRIEF_MS = 2500;

let timer: ReturnType<typeof setTimeout> | undefined;

/** Tells a person something that changes nothing of the picture. @param isBrief it is read at a glance */
export function showNotice(text: string, isBrief = false): void {
  page.notice.textContent = text;
  page.notice.hidden = false;
  announce("notice", text);
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      page.notice.hidden = true;
    },
    isBrief ? BRIEF_MS : SHOWN_MS,
  );
}
