import { page } from "./elements.ts";

let focusedBefore: Element | null = null;

export function toggleInfo(): void {
  page.info.hidden = !page.info.hidden;
  page.infoButton.setAttribute("aria-pressed", String(!page.info.hidden));
}

/** Shows or hides the list of keys. It takes the focus, so that a screen reader reads it. */
export function toggleHelp(): void {
  page.help.hidden = !page.help.hidden;
  if (!page.help.hidden) {
    focusedBefore = document.activeElement;
    page.help.focus();
  } else if (focusedBefore instanceof HTMLElement) {
    focusedBefore.focus();
  }
}

/** Closes what was opened above the rest. @returns false when there is nothing to close */
export function closePanel(): boolean {
  if (!page.help.hidden) {
    toggleHelp();
  } else if (!page.info.hidden) {
    toggleInfo();
  } else {
    return false;
  }
  return true;
}
