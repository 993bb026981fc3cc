import { isLanAddress } from "../access.ts";
import type { Log } from "../log.ts";
import { startViewer, type Viewer } from "../servers/web.ts";
import type { Track } from "../stream.ts";
import { type Clock, systemClock } from "../time.ts";
import { withRenditions } from "../transcode.ts";

/**
 * How old a picture may be at the local page, ms: it was in time when it came here, whatever its link took, and the track
 * holds none for more than 2 s.
 */
const LOCAL_PAGE_DELAY_MS = 2250;
/** Decides how far apart the key frames of variants that are made here are, ms. */
const FORMS_DELAY_MS = 250;

export interface LocalPageOptions {
  /** 0, or null, for any. */
  readonly httpPort: number | null;
  /** Makes the variants that browsers need; undefined for the one on PATH. */
  readonly ffmpegPath: string | undefined;
  readonly clock?: Clock;
}

/** A page on this machine, in whatever variant its browsers can show. */
export function startLocalPage(original: Track, options: LocalPageOptions, log: Log): Viewer {
  const { httpPort, ffmpegPath, clock = systemClock } = options;
  const renditions = withRenditions({
    original,
    quality: 90,
    maxDelayMs: FORMS_DELAY_MS,
    isForeign: true,
    ffmpegPath,
    log,
    clock,
  });
  const viewer = startViewer({
    stream: renditions.stream,
    ports: [httpPort ?? 0],
    hostname: "127.0.0.1",
    admits: isLanAddress,
    onRefused: () => undefined,
    allowedHosts: [],
    allowedEmbedders: [],
    maxDelayMs: LOCAL_PAGE_DELAY_MS,
    streamPort: () => null,
    log,
    clock,
  });
  return {
    ...viewer,
    async close() {
      await viewer.close();
      await renditions.close();
    },
  };
}
