/** The ffmpeg program: which one, how it is run and ended, and what its complaints mean. */

export { listEncoders, parseEncoders } from "./ffmpeg/encoders.ts";
export { type Explanation, explain, withoutPassword } from "./ffmpeg/explain.ts";
export { describeFfmpeg, type Ffmpeg, type FoundFfmpeg, findFfmpeg, parseVersion } from "./ffmpeg/find.ts";
export { MultipartReader } from "./ffmpeg/multipart.ts";
export { type FfmpegExit, type FfmpegOptions, FfmpegProcess } from "./ffmpeg/process.ts";
