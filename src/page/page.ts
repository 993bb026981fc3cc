/** The viewer's page, which shows one stream: that of the server it comes from. */

import { startKeys } from "./controls.ts";
import { elementsIn } from "./elements.ts";
import { StreamView } from "./stream-view.ts";
import { showTabIcon } from "./tab-icon.ts";

const query = new URLSearchParams(location.search);
const root = document.documentElement;
const isBare = query.get("bare") === "1";
if (isBare) {
  root.dataset["bare"] = "";
  if (query.get("idle") === "transparent") {
    root.dataset["idle"] = "transparent";
  }
}
const view = new StreamView({
  address: location.href,
  elements: elementsIn(document, root),
  mode: query.get("mode"),
  onStatus: ({ state, title }, name) => {
    document.title = state === "live" ? name : `${title} · ${name}`;
    showTabIcon(state);
  },
});
startKeys(view, isBare);
document.addEventListener("visibilitychange", () => view.visibilityChanged());
addEventListener("online", () => view.hurry());
