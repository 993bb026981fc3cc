import type { ViewingState } from "../media.ts";

const NOT_LIVE = "#e2a336";
const OVER = "#a3abb8";

/** Of the states in which it waits for pictures that will come, the colour is `NOT_LIVE`. */
const COLORS: Readonly<Partial<Record<ViewingState, string>>> = { live: "#e5484d", connecting: OVER, ended: OVER };

/** Puts a dot in the state's colour on the tab's icon: a row of tabs says which streams are live. */
export function showTabIcon(state: ViewingState): void {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#12161c"/>' +
    '<path d="M9 7.5v15l12.5-7.5z" fill="#f2f4f7"/>' +
    `<circle cx="24" cy="24" r="7" fill="${COLORS[state] ?? NOT_LIVE}" stroke="#12161c" stroke-width="2"/></svg>`;
  document.querySelector("link[rel=icon]")?.setAttribute("href", `data:image/svg+xml,${encodeURIComponent(svg)}`);
}
