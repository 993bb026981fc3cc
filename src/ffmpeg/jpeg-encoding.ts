/** JPEG pictures with their length on stdout, each written at once, for MultipartReader. */
export const MULTIPART_OUTPUT = ["-f", "mpjpeg", "-flush_packets", "1"] as const;

/** 90 for quality is ffmpeg's `-q:v` 5; 2 is its best, 31 its worst. */
export function qscale(quality: number): number {
  return Math.round(31 - (29 * (quality - 1)) / 99);
}

/** From `-c:v` on. Slice threads, since frame threads keep two pictures. @param quality 1 to 100 */
export function jpegArguments(quality: number): string[] {
  return ["-c:v", "mjpeg", "-q:v", String(qscale(quality)), "-pix_fmt", "yuvj420p", "-thread_type", "slice"];
}
