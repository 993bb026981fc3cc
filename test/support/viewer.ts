import { silentLog } from "../../src/log.ts";
import type { ViewerOptions } from "../../src/servers/web/options.ts";
import { startViewer, type Viewer } from "../../src/servers/web.ts";
import { Stream, Track } from "../../src/stream.ts";
import { systemClock } from "../../src/time.ts";
import { StripSource } from "./picture.ts";

/** A live stream of JPEGs, and its page. */
export interface FrontDoor {
  readonly track: Track;
  readonly stream: Stream;
  readonly viewer: Viewer;
}

/** A stream called "Front door" on this machine. @param cleanups told how to end it */
export function serveFrontDoor(cleanups: (() => unknown)[], options: Partial<ViewerOptions> = {}): FrontDoor {
  const { clock = systemClock } = options;
  const track = new Track({ name: "Front door", clock });
  track.attach(new StripSource(clock));
  const stream = new Stream(track);
  const viewer = serveViewer(stream, options);
  cleanups.push(
    () => track.close(),
    () => viewer.close(),
  );
  return { track, stream, viewer };
}

/** The page of a stream on this machine, on any free port, as far as `options` don't say otherwise. */
export function serveViewer(stream: Stream, options: Partial<ViewerOptions> = {}): Viewer {
  return startViewer(viewerOptions(stream, options));
}

/** What such a page is started with. */
export function viewerOptions(stream: Stream, options: Partial<ViewerOptions> = {}): ViewerOptions {
  return {
    stream,
    ports: [0],
    hostname: "127.0.0.1",
    admits: () => true,
    onRefused() {},
    allowedHosts: [],
    allowedEmbedders: [],
    maxDelayMs: 250,
    streamPort: () => null,
    log: silentLog,
    ...options,
  };
}
