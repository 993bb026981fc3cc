import { page } from "./elements.ts";

/** A notice goes by itself after so long, in ms. */
const SHOWN_MS = 8000;

let timer: ReturnType<typeof setTimeout> | undefined;

/** Tells a person something that changes nothing of the picture. */
export function showNotice(text: string): void {
  page.notice.textContent = text;
  page.notice.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => {
    page.notice.hidden = true;
  }, SHOWN_MS);
}
