/** A stream shown to a person: in a window or a terminal, with its words and keys. */

export { type OpenedView, openView, type ViewKind, whyNoWindow } from "./player/open-view.ts";
export { Preview } from "./player/preview.ts";
export type { View } from "./player/view.ts";
