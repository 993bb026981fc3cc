import type { Elements } from "./elements.ts";

/** A view, as a person deals with it by its buttons and by keys. */
export interface Controlled {
  /** Keeps what is seen as a file. */
  save(): void;
  /** Lets the picture stand still, or go on. */
  toggleFreeze(): void;
  toggleInfo(): void;
  toggleHelp(): void;
  toggleFullScreen(): void;
  /** Closes what was opened above the rest; if nothing was, leaves full screen. */
  goBack(): void;
  /** Connects now; where there is a connection that brings nothing, anew. */
  tryNow(): void;
}

/** What keys do, by `KeyboardEvent.key` in lower case. */
type Keys = Readonly<Record<string, keyof Controlled>>;
const BARE_KEYS: Keys = { f: "toggleFullScreen", f11: "toggleFullScreen", s: "save", escape: "goBack" };
const OTHER_KEYS: Keys = { i: "toggleInfo", " ": "toggleFreeze", "?": "toggleHelp", h: "toggleHelp", f1: "toggleHelp" };

/** Makes a view's buttons work. */
export function startButtons(elements: Elements, view: Controlled): void {
  const { fullScreenButton } = elements;
  elements.infoButton.onclick = () => view.toggleInfo();
  elements.snapshotButton.onclick = () => view.save();
  elements.tryButton.onclick = () => view.tryNow();
  elements.stage.ondblclick = () => view.toggleFullScreen();
  // iPhones have no full screen for pages.
  fullScreenButton.hidden = !document.fullscreenEnabled;
  fullScreenButton.onclick = () => view.toggleFullScreen();
  document.addEventListener("fullscreenchange", () => {
    const isFull = document.fullscreenElement !== null;
    fullScreenButton.setAttribute("aria-pressed", String(isFull));
    fullScreenButton.title = isFull ? "Leave full screen (f)" : "Full screen (f)";
  });
}

/**
 * Makes the page's keys work, for one view. docs/states.md lists them.
 * @param isBare only the picture is shown: no keys but those for full screen and saving
 */
export function startKeys(view: Controlled, isBare: boolean): void {
  const keys = isBare ? BARE_KEYS : { ...BARE_KEYS, ...OTHER_KEYS };
  addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey, repeat } = event;
    const action = keys[key.toLowerCase()];
    const pressesButton = key === " " && target instanceof HTMLButtonElement;
    const isBrowsers = key === "F11" && !document.fullscreenEnabled;
    if (action === undefined || ctrlKey || metaKey || altKey || pressesButton || isBrowsers) {
      return;
    }
    // The browser's own help and full screen, and scrolling.
    event.preventDefault();
    if (!repeat) {
      view[action]();
    }
  });
}

/** Lets an element fill the screen, or no longer. */
export function toggleFullScreen(root: HTMLElement): void {
  if (!document.fullscreenEnabled) {
    return;
  }
  const change = document.fullscreenElement === null ? root.requestFullscreen() : document.exitFullscreen();
  // A browser may say no (not from a person's action, or not in this frame): the page stays as it is.
  change.catch(() => {});
}
