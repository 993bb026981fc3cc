/** A stream: its packets as they come, in all its variants, and the subscriptions to them. Pure but for the clock. */

export { Stream, type Variant } from "./stream/stream.ts";
export { type Pace, type Subscription, VIEWER_KINDS, type ViewerKind } from "./stream/subscription.ts";
export { Track, type TrackOptions } from "./stream/track.ts";
export type { TrackStats } from "./stream/track-stats.ts";
