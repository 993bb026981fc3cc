/**
 * What a viewer is doing, as every surface tells it: the page's badge and `data-state`, the window, the status line and
 * `state` of `--json`. docs/states.md has the table.
 * - `connecting`: for the first time
 * - `waiting`: connected, and no picture yet, or the source has failed
 * - `live`: pictures are shown as they come
 * - `stale`: what is shown stands still (stillness.ts)
 * - `reconnecting`: the connection is lost, and tried again
 * - `refused`: the other side has turned this viewer away
 * - `ended`: the other side said that the stream is over
 */
export type ViewingState = "connecting" | "waiting" | "live" | "stale" | "reconnecting" | "refused" | "ended";

/** The state for people; what follows it, such as a reason or a time, is the surface's. */
export const STATE_WORDS: Readonly<Record<ViewingState, string>> = {
  connecting: "connecting",
  waiting: "waiting for the picture",
  live: "live",
  stale: "no new picture",
  reconnecting: "no connection",
  refused: "turned away",
  ended: "the stream has ended",
};
