import { pictureFileName } from "../../media.ts";
import { page } from "./elements.ts";
import { showNotice } from "./notice.ts";
import { closePanel, toggleHelp, toggleInfo } from "./panels.ts";

/** A picture that a person wants to keep. */
export interface TakenPicture {
  readonly jpeg: Blob;
  /** When it was seen. */
  readonly at: Date;
}

export interface ControlEvents {
  /** The picture that is seen; null when there is none. */
  readonly take: () => Promise<TakenPicture | null>;
  /** The stream's name. */
  readonly nameOf: () => string;
  /** Freeze the picture, or go on. */
  readonly onFreeze: () => void;
  /** The details were shown or hidden. */
  readonly onInfo: () => void;
  /** Connect now. */
  readonly onTry: () => void;
  /** Only the picture is shown: no keys but those for full screen and saving. */
  readonly isBare: boolean;
}

/** Makes the buttons and the keys work. docs/states.md lists the keys. */
export function startControls({ take, nameOf, onFreeze, onInfo, onTry, isBare }: ControlEvents): void {
  const save = () => void take().then((taken) => saveFile(taken, nameOf()));
  const showInfo = () => {
    toggleInfo();
    onInfo();
  };
  const goBack = () => {
    if (!closePanel() && document.fullscreenElement !== null) {
      toggleFullScreen();
    }
  };
  const actions = new Map<string, () => void>([
    ["f", toggleFullScreen],
    ["f11", toggleFullScreen],
    ["s", save],
    ["escape", goBack],
  ]);
  if (!isBare) {
    const others = { i: showInfo, " ": onFreeze, "?": toggleHelp, h: toggleHelp, f1: toggleHelp };
    for (const [key, action] of Object.entries(others)) {
      actions.set(key, action);
    }
  }
  addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey, repeat } = event;
    const action = actions.get(key.toLowerCase());
    const pressesButton = key === " " && target instanceof HTMLButtonElement;
    const isBrowsers = key === "F11" && !document.fullscreenEnabled;
    if (action === undefined || ctrlKey || metaKey || altKey || pressesButton || isBrowsers) {
      return;
    }
    // The browser's own help and full screen, and scrolling.
    event.preventDefault();
    if (!repeat) {
      action();
    }
  });
  page.infoButton.addEventListener("click", showInfo);
  page.snapshotButton.addEventListener("click", save);
  page.tryButton.addEventListener("click", onTry);

  // iPhones have no full screen for pages.
  page.fullScreenButton.hidden = !document.fullscreenEnabled;
  page.fullScreenButton.addEventListener("click", toggleFullScreen);
  page.stage.addEventListener("dblclick", toggleFullScreen);
  document.addEventListener("fullscreenchange", () => {
    const isFull = document.fullscreenElement !== null;
    page.fullScreenButton.setAttribute("aria-pressed", String(isFull));
    page.fullScreenButton.title = isFull ? "Leave full screen (f)" : "Full screen (f)";
  });
}

function toggleFullScreen(): void {
  if (!document.fullscreenEnabled) {
    return;
  }
  const change = document.fullscreenElement === null ? page.root.requestFullscreen() : document.exitFullscreen();
  // A browser may say no (not from a person's action, or not in this frame): the page stays as it is.
  change.catch(() => {});
}

function saveFile(taken: TakenPicture | null, name: string): void {
  if (taken === null) {
    showNotice("There is no picture to save yet.");
    return;
  }
  const url = URL.createObjectURL(taken.jpeg);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = pictureFileName(name, taken.at);
  anchor.click();
  // The download has begun by then, and holds the bytes itself.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  showNotice("Saved", true);
}
