/** A stream: its packets as they come, in all its variants, and those who take them. */

export { Stream, type Variant } from "./stream/stream.ts";
export { type Pace, type Subscription, VIEWER_KINDS, type ViewerKind } from "./stream/subscription.ts";
export { Track, type TrackOptions, type TrackStats } from "./stream/track.ts";
