/** The element with this id: the page's HTML has it, or the page is broken. */
function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) {
    throw new TypeError(`the page has no element "${id}"`);
  }
  return found;
}

/** What the script touches of index.html. */
export const page = {
  root: document.documentElement,
  icon: element("icon", HTMLLinkElement),
  stage: element("stage", HTMLElement),
  picture: element("picture", HTMLCanvasElement),
  film: element("film", HTMLVideoElement),
  frozen: element("frozen", HTMLCanvasElement),
  frozenNote: element("frozen-note", HTMLElement),
  messageName: element("message-name", HTMLElement),
  messageTitle: element("message-title", HTMLElement),
  messageText: element("message-text", HTMLElement),
  messageTimes: element("message-times", HTMLElement),
  messageChecks: element("message-checks", HTMLElement),
  tryButton: element("try-button", HTMLButtonElement),
  announcer: element("announcer", HTMLElement),
  bar: element("bar", HTMLElement),
  badgeText: element("badge-text", HTMLElement),
  name: element("name", HTMLElement),
  form: element("form", HTMLElement),
  delay: element("delay", HTMLElement),
  fps: element("fps", HTMLElement),
  notice: element("notice", HTMLElement),
  help: element("help", HTMLElement),
  info: element("info", HTMLElement),
  infoButton: element("info-button", HTMLButtonElement),
  snapshotButton: element("snapshot-button", HTMLButtonElement),
  fullScreenButton: element("full-screen-button", HTMLButtonElement),
};

/** Changes an element's text when it is another: readers of the page, and selections, are not disturbed for nothing. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
