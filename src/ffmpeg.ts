/** The ffmpeg program: which one, how it is run and ended, and what its complaints mean. */

export { type Explanation, explain } from "./ffmpeg/explain.ts";
export { type Ffmpeg, findFfmpeg, parseVersion } from "./ffmpeg/find.ts";
export { type FfmpegExit, type FfmpegOptions, FfmpegProcess } from "./ffmpeg/process.ts";
