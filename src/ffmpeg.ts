/** The ffmpeg program: which one, how it is run and ended, and what its complaints mean. */

export { badOutput } from "./ffmpeg/bad-output.ts";
export { listDemuxers } from "./ffmpeg/demuxers.ts";
export { type TriedEncoder, trialOfEncoder } from "./ffmpeg/encoder-trial.ts";
export { listEncoders, tryH264Encoder } from "./ffmpeg/encoders.ts";
export { type Explanation, explain, type Named } from "./ffmpeg/explain.ts";
export { listFilters } from "./ffmpeg/filters.ts";
export { describeFfmpeg, type Ffmpeg, type FoundFfmpeg, findFfmpeg } from "./ffmpeg/find.ts";
export { colourTags, type H264Settings, h264Arguments, NUT_OUTPUT } from "./ffmpeg/h264-encoding.ts";
export { filmOf, type InputReport, type VideoStream } from "./ffmpeg/input-report.ts";
export { JPEG_COLOURS, jpegArguments, jpegOf, MULTIPART_OUTPUT } from "./ffmpeg/jpeg-encoding.ts";
export { MultipartReader } from "./ffmpeg/multipart.ts";
export { NutReader } from "./ffmpeg/nut.ts";
export { type FfmpegExit, FfmpegProcess } from "./ffmpeg/process.ts";
export { withoutSecrets } from "./ffmpeg/redaction.ts";
export { REPORTING } from "./ffmpeg/reporting.ts";
