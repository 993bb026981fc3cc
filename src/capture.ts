/** Sources by a supervised ffmpeg: a camera, a screen, a file, a pipe or the test pattern. */

export { type CaptureSettings, type CodecChoice, DEFAULT_CODEC } from "./capture/arguments.ts";
export {
  listCameras,
  listScreens,
  type Screen,
  type SeenCamera,
  seeCameras,
  type VideoFormat,
} from "./capture/cameras.ts";
export { openSource, x11Display } from "./capture/open.ts";
export { parseSource, type SourceSpec } from "./capture/source-spec.ts";
