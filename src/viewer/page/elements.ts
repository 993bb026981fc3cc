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
  stage: element("stage", HTMLElement),
  picture: element("picture", HTMLCanvasElement),
  film: element("film", HTMLVideoElement),
  messageTitle: element("message-title", HTMLElement),
  messageText: element("message-text", HTMLElement),
  bar: element("bar", HTMLElement),
  badgeText: element("badge-text", HTMLElement),
  name: element("name", HTMLElement),
  form: element("form", HTMLOutputElement),
  delay: element("delay", HTMLOutputElement),
  fps: element("fps", HTMLOutputElement),
  notice: element("notice", HTMLElement),
  info: element("info", HTMLElement),
  infoList: element("info-list", HTMLElement),
  infoButton: element("info-button", HTMLButtonElement),
  snapshotButton: element("snapshot-button", HTMLButtonElement),
  fullScreenButton: element("full-screen-button", HTMLButtonElement),
};
