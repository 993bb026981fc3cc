/** One stream's newest picture and those who watch it. */

export { Hub, type HubOptions, type HubStats } from "./hub/hub.ts";
export type { Seat, SeatListener, ViewerKind, ViewerStats } from "./hub/seat.ts";
export { SendWindow } from "./hub/send-window.ts";
