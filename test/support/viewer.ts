import type { Stream } from "../../src/hub.ts";
import { silentLog } from "../../src/log.ts";
import { startViewer, type Viewer, type ViewerOptions } from "../../src/viewer.ts";

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
