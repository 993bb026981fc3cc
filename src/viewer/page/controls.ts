import { page } from "./elements.ts";

/** The picture that is shown as a JPEG; null before the first. */
export type TakeJpeg = () => Promise<Blob | null>;

/** Makes the buttons and the keys f, s and i work. */
export function startControls(takeJpeg: TakeJpeg, onInfo: () => void): void {
  const toggleInfo = () => {
    page.info.hidden = !page.info.hidden;
    page.infoButton.setAttribute("aria-pressed", String(!page.info.hidden));
    onInfo();
  };
  const saveSnapshot = () => void takeJpeg().then(save);
  const actions = new Map<string, () => void>([
    ["f", toggleFullScreen],
    ["s", saveSnapshot],
    ["i", toggleInfo],
  ]);
  addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat) {
      actions.get(event.key.toLowerCase())?.();
    }
  });
  page.infoButton.addEventListener("click", toggleInfo);
  page.snapshotButton.addEventListener("click", saveSnapshot);

  // iPhones have no full screen for pages.
  page.fullScreenButton.hidden = !document.fullscreenEnabled;
  page.fullScreenButton.addEventListener("click", toggleFullScreen);
  page.stage.addEventListener("dblclick", toggleFullScreen);
  document.addEventListener("fullscreenchange", () => {
    page.fullScreenButton.setAttribute("aria-pressed", String(document.fullscreenElement !== null));
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

function save(jpeg: Blob | null): void {
  if (jpeg === null) {
    return;
  }
  const url = URL.createObjectURL(jpeg);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = `lanvid-${fileTime(new Date())}.jpg`;
  anchor.click();
  // The download has begun by then, and holds the bytes itself.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Local time as in "2026-08-23-14-05-09". */
function fileTime(date: Date): string {
  const parts = [date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()];
  return [date.getFullYear(), ...parts.map((part) => String(part).padStart(2, "0"))].join("-");
}
