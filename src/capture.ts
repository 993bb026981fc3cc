/** Where pictures come from: a camera, a screen, a file, a pipe or the test pattern, by a supervised ffmpeg. */

export {
  type CaptureSettings,
  type CodecChoice,
  captureArguments,
  DEFAULT_CODEC,
  type Input,
} from "./capture/arguments.ts";
export {
  type Camera,
  listCameras,
  listScreens,
  type Screen,
  type SeenCamera,
  seeCameras,
  type VideoFormat,
} from "./capture/cameras.ts";
export type { CaptureOptions } from "./capture/capture-options.ts";
export { linuxCamera, linuxScreen } from "./capture/linux.ts";
export { macosCamera, macosScreen } from "./capture/macos.ts";
export { openSource, x11Display } from "./capture/open.ts";
export { parseSource, type SourceSpec } from "./capture/source-spec.ts";
export { TestPattern } from "./capture/test-pattern.ts";
export { windowsCamera, windowsScreen } from "./capture/windows.ts";
