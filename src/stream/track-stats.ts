import type { PeerText } from "../errors.ts";
import type { Rates, StreamDescription } from "../media.ts";
import { round } from "../units.ts";
import type { ViewerStats } from "./subscription.ts";

/** The stream's figures over the last second, as anybody may know them. */
export interface TrackStats {
  readonly source: {
    readonly state: string;
    readonly codec: string | null;
    readonly width: number | null;
    readonly height: number | null;
    /** What it gives, however many watch. */
    readonly fps: number;
    readonly mbps: number;
    readonly restarts: number;
    readonly error: PeerText | null;
  };
  readonly viewers: { readonly count: number };
  /** Sums over all viewers. */
  readonly sent: { readonly fps: number; readonly mbps: number };
  /** Of all viewers there ever were. */
  readonly dropped: number;
}

/**
 * A track's figures.
 * @param rates what its source gives
 * @param viewers all that there are now
 * @param droppedBefore frames that viewers who have left since did not get
 */
export function statsOf(
  { state, codec, width, height, restarts, error }: StreamDescription,
  rates: Rates,
  viewers: readonly ViewerStats[],
  droppedBefore: number,
): TrackStats {
  const total = (pick: (viewer: ViewerStats) => number) => viewers.reduce((sum, viewer) => sum + pick(viewer), 0);
  return {
    source: {
      state,
      codec,
      width,
      height,
      fps: round(rates.fps, 1),
      mbps: round(rates.mbps, 3),
      restarts,
      error: error === null ? null : error.forPeers,
    },
    viewers: { count: viewers.length },
    sent: {
      fps: round(
        total((viewer) => viewer.fps),
        1,
      ),
      mbps: round(
        total((viewer) => viewer.mbps),
        3,
      ),
    },
    dropped: droppedBefore + total((viewer) => viewer.dropped),
  };
}
