import type { Elements } from "./elements.ts";

/** What can be opened above the rest: the details, and the list of keys. */
export interface Panels {
  readonly toggleInfo: () => void;
  /** The list of keys takes the focus, so that a screen reader reads it. */
  readonly toggleHelp: () => void;
  /** Closes what is open. @returns false when there is nothing to close */
  readonly close: () => boolean;
}

export function panelsOf({ info, infoButton, help }: Elements): Panels {
  let focusedBefore: Element | null = null;
  const toggleInfo = () => {
    info.hidden = !info.hidden;
    infoButton.setAttribute("aria-pressed", String(!info.hidden));
  };
  const toggleHelp = () => {
    help.hidden = !help.hidden;
    if (!help.hidden) {
      focusedBefore = document.activeElement;
      help.focus();
    } else if (focusedBefore instanceof HTMLElement) {
      focusedBefore.focus();
    }
  };
  const close = () => {
    if (help.hidden && info.hidden) {
      return false;
    }
    (help.hidden ? toggleInfo : toggleHelp)();
    return true;
  };
  return { toggleInfo, toggleHelp, close };
}
