import { MultipartReader, NutReader } from "../ffmpeg.ts";
import { hasSquarePixels, jpegSize } from "../media.ts";
import type { Size } from "../units.ts";
import { CameraJpegs } from "./camera-jpegs.ts";
import { H264Frames } from "./h264-frames.ts";

/** A picture out of ffmpeg. */
export interface CapturedPicture {
  /** In memory of their own. */
  readonly bytes: Uint8Array;
  readonly isKey: boolean;
  /** Null where the picture doesn't say: H.264 between key frames. */
  readonly size: Size | null;
  /** It says nothing else. */
  readonly isSquare: boolean;
  /** By ffmpeg, µs; null where it says nothing. */
  readonly ptsMicros: number | null;
}

/**
 * Cuts ffmpeg's output into pictures.
 * @param onPicture gets null for what came before the first key frame, and for what is left out
 * @param onBroken gets what is wrong with a picture that is left out, for each of them
 * @returns its `push` throws when this is not what ffmpeg writes
 */
export function pictureReader(
  codec: "mjpeg" | "h264",
  container: "multipart" | "nut",
  onPicture: (picture: CapturedPicture | null) => void,
  onBroken: (fault: string) => void,
): { push(chunk: Uint8Array): void } {
  if (codec === "mjpeg") {
    const jpegs = new CameraJpegs(onBroken);
    const take = (part: Uint8Array, ptsMicros: number | null) => {
      const bytes = jpegs.take(part);
      onPicture(
        bytes && { bytes, isKey: true, size: jpegSize(bytes) ?? null, isSquare: hasSquarePixels(bytes), ptsMicros },
      );
    };
    return container === "multipart"
      ? new MultipartReader((part) => take(part, null))
      : new NutReader(({ bytes, ptsMicros }) => take(bytes, ptsMicros));
  }
  const frames = new H264Frames(onBroken);
  return new NutReader(({ bytes, ptsMicros }) => {
    const frame = frames.take(bytes);
    onPicture(frame && { ...frame, ptsMicros });
  });
}
