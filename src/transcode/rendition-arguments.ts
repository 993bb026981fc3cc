import { colourTags, h264Arguments, jpegArguments, jpegOf, MULTIPART_OUTPUT, NUT_OUTPUT } from "../ffmpeg.ts";
import type { Matrix } from "../media.ts";
import type { Size } from "../units.ts";
import { decodedColours, pictureInput } from "./input.ts";

/** What comes in. */
export interface PictureFormat extends Size {
  readonly codec: "mjpeg" | "h264";
  /** Of H.264 what it says, or is taken for; JPEG has BT.601. */
  readonly matrix: Matrix;
  readonly isFullRange: boolean;
}

/** What comes out. */
export type RenditionOutput =
  | { readonly kind: "bgr24" }
  | { readonly kind: "mjpeg"; readonly quality: number }
  | {
      readonly kind: "h264";
      readonly size: Size;
      readonly quality: number;
      readonly maxBitrate: number;
      readonly keyIntervalMs: number;
      /** Pictures per second, about. */
      readonly usualFps: number;
      readonly pixelsPerSecond: number;
      readonly cores: number;
    };

/**
 * A frame's time is that at which it is encoded: what comes in has none, and the rate is whatever it is. Never earlier
 * than the one before, even if somebody sets the clock.
 */
const REAL_TIME = ["settb=1/1000000", "setpts=max(PREV_OUTPTS+1\\,RTCTIME-RTCSTART)"] as const;

/** Pictures in, each as another variant out, nothing held back. */
export function renditionArguments(input: PictureFormat, output: RenditionOutput, hasFpsMode: boolean): string[] {
  return [
    ...pictureInput(input.codec, input),
    ...outputArguments(input, output),
    ...(hasFpsMode ? ["-fps_mode", "passthrough"] : ["-vsync", "passthrough"]),
    "pipe:1",
  ];
}

function outputArguments(input: PictureFormat, output: RenditionOutput): string[] {
  switch (output.kind) {
    case "bgr24": {
      // With more threads than one, ffmpeg's encoder of "raw video" holds a picture back.
      return [
        ...filterArguments(decodedColours(input.matrix)),
        "-threads",
        "1",
        "-s",
        `${input.width}x${input.height}`,
        "-f",
        "rawvideo",
        "-pix_fmt",
        "bgr24",
      ];
    }
    case "mjpeg": {
      const filters = jpegOf(input.matrix, input.isFullRange);
      return [...filterArguments(filters), ...jpegArguments(output.quality), ...MULTIPART_OUTPUT];
    }
    case "h264": {
      const { width, height } = output.size;
      // Of an odd side, the encoder's filters leave the last line out.
      const isWhole = (of: number, is: number) => is === of || is === of - (of % 2);
      const isScaled = !(isWhole(input.width, width) && isWhole(input.height, height));
      const scale = isScaled ? [`scale=${width}:${height}`] : [];
      const h264 = h264Arguments({ ...output, encoder: "libx264", bitrate: null, fps: null });
      const filters = [...scale, ...h264.filters, ...REAL_TIME];
      return ["-vf", filters.join(","), ...h264.options, ...colourTags(input.matrix), ...NUT_OUTPUT];
    }
    default:
      return output satisfies never;
  }
}

function filterArguments(filters: readonly string[]): string[] {
  return filters.length > 0 ? ["-vf", filters.join(",")] : [];
}
