/** The ffmpeg program: which one, how it is run and ended, and what its complaints mean. */

export { badOutput } from "./ffmpeg/bad-output.ts";
export { listDemuxers, parseDemuxers } from "./ffmpeg/demuxers.ts";
export { type TriedEncoder, trialOfEncoder } from "./ffmpeg/encoder-trial.ts";
export { listEncoders, parseEncoders, tryH264Encoder } from "./ffmpeg/encoders.ts";
export { type Explanation, explain, type Named } from "./ffmpeg/explain.ts";
export { listFilters, parseFilters } from "./ffmpeg/filters.ts";
export { describeFfmpeg, type Ffmpeg, type FoundFfmpeg, findFfmpeg, parseVersion } from "./ffmpeg/find.ts";
export {
  colourTags,
  type H264Arguments,
  type H264Settings,
  h264Arguments,
  NUT_OUTPUT,
} from "./ffmpeg/h264-encoding.ts";
export { filmOf, InputReader, type InputReport, type VideoStream } from "./ffmpeg/input-report.ts";
export { JPEG_COLOURS, jpegArguments, jpegOf, MULTIPART_OUTPUT, qscale } from "./ffmpeg/jpeg-encoding.ts";
export { MultipartReader } from "./ffmpeg/multipart.ts";
export { type NutFrame, NutReader } from "./ffmpeg/nut.ts";
export { type FfmpegExit, type FfmpegOptions, FfmpegProcess } from "./ffmpeg/process.ts";
export { withoutSecrets } from "./ffmpeg/redaction.ts";
export { REPORTING } from "./ffmpeg/reporting.ts";
