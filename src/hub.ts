/** One stream's current pictures, in all its forms, and those who watch it. */

export { Hub, type HubOptions, type HubStats } from "./hub/hub.ts";
export { Ladder } from "./hub/ladder.ts";
export {
  type Pace,
  type Seat,
  type SeatListener,
  VIEWER_KINDS,
  type ViewerKind,
  type ViewerStats,
} from "./hub/seat.ts";
export { SendWindow } from "./hub/send-window.ts";
export { type Form, type Renditions, type Rung, Stream } from "./hub/stream.ts";
