import { describe, expect, test } from "bun:test";
import { evenOf, halfOf, maxBitrate } from "../src/transcode/bits.ts";
import { wrapped } from "../src/transcode/input.ts";
import { encoderArguments } from "../src/transcode/jpeg-encoder.ts";
import { renditionArguments } from "../src/transcode/rendition-arguments.ts";

const SIZE = { width: 1280, height: 720 };
/** Of JPEG, and of H.264 as lanvid makes it of JPEG. */
const BT601 = { ...SIZE, matrix: "smpte170m", isFullRange: false } as const;

/** What decodes a picture that may come from anywhere, and holds nothing back. */
function decode(format: string): string[] {
  return [
    ...["-hide_banner", "-loglevel", "error", "-max_alloc", String(1280 * 736 * 13 + 16_777_216)],
    ...["-protocol_whitelist", "pipe", "-max_pixels", String(1280 * 736)],
    ...["-probesize", "32", "-analyzeduration", "0", "-flags", "low_delay", "-threads", "1"],
    ...["-f", format, "-i", "pipe:0"],
  ];
}

describe("ffmpeg's command line", () => {
  test("for JPEG of H.264", () => {
    expect(renditionArguments({ codec: "h264", ...BT601 }, { kind: "mjpeg", quality: 90 }, true)).toEqual([
      ...decode("h264"),
      ...["-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", "-thread_type", "slice"],
      ...["-f", "mpjpeg", "-flush_packets", "1", "-fps_mode", "passthrough", "pipe:1"],
    ]);
  });

  test("for JPEG and pixels of H.264 in BT.709", () => {
    const hd = { codec: "h264", ...SIZE, matrix: "bt709", isFullRange: false } as const;

    expect(renditionArguments(hd, { kind: "mjpeg", quality: 90 }, true)).toContain(
      "format=yuv420p|yuvj420p,colorspace=iall=bt709:irange=tv:all=bt601-6-525:range=pc:fast=1",
    );
    expect(renditionArguments(hd, { kind: "bgr24" }, true)).toContain("setparams=colorspace=bt709");
  });

  test("for H.264 in half size of JPEG", () => {
    const output = {
      kind: "h264",
      size: { width: 640, height: 360 },
      quality: 90,
      maxBitrate: 800_000,
      keyIntervalMs: 500,
      usualFps: 29.6,
      pixelsPerSecond: 640 * 360 * 29.6,
      cores: 2,
    } as const;

    expect(renditionArguments({ codec: "mjpeg", ...BT601 }, output, false)).toEqual([
      ...decode("mpjpeg"),
      "-vf",
      "scale=640:360,crop=floor(iw/2)*2:floor(ih/2)*2:0:0,scale=out_range=tv," +
        "settb=1/1000000,setpts=max(PREV_OUTPTS+1\\,RTCTIME-RTCSTART)",
      ...["-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-bf", "0"],
      ...["-sc_threshold", "0", "-x264-params", "fps=30", "-crf", "23", "-maxrate", "800000", "-bufsize", "200000"],
      ...[
        "-g",
        "600",
        "-force_key_frames",
        "expr:if(if(isnan(prev_forced_t),1,gte(t,prev_forced_t+0.5)+gte(abs(time(0)-ld(0)),0.625)),1+0*st(0,time(0)),0)",
      ],
      ...["-flags", "-global_header", "-enc_time_base", "1:1000000"],
      ...["-colorspace", "smpte170m", "-color_primaries", "bt709", "-color_trc", "bt709"],
      ...["-f", "nut", "-write_index", "0", "-flush_packets", "1", "-vsync", "passthrough", "pipe:1"],
    ]);
  });

  test("for pixels: of just the size that is expected", () => {
    expect(renditionArguments({ codec: "mjpeg", ...BT601 }, { kind: "bgr24" }, true)).toEqual([
      ...decode("mpjpeg"),
      ...["-threads", "1", "-s", "1280x720", "-f", "rawvideo", "-pix_fmt", "bgr24"],
      ...["-fps_mode", "passthrough", "pipe:1"],
    ]);
  });

  test("for JPEG of pixels", () => {
    expect(encoderArguments({ width: 4, height: 3, channels: 1 }, true)).toEqual([
      ...["-hide_banner", "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "gray", "-video_size", "4x3"],
      ...["-i", "pipe:0", "-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", "-thread_type", "slice"],
      ...["-fps_mode", "passthrough", "-f", "mpjpeg", "-flush_packets", "1", "pipe:1"],
    ]);
  });
});

test("an H.264 frame is followed by a delimiter, a JPEG comes with its length", () => {
  const bytes = Uint8Array.of(1, 2, 3);

  expect(Buffer.concat(wrapped("h264", bytes))).toEqual(Buffer.from([1, 2, 3, 0, 0, 0, 1, 0x09, 0xf0]));
  expect(Buffer.concat(wrapped("mjpeg", bytes)).toString("latin1")).toBe(
    "--ffmpeg\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\n\x01\x02\x03\r\n",
  );
});

describe("a lighter form's bits", () => {
  const half = { form: "h264-half", codec: "h264", pixelsPerSecond: 640 * 360 * 30 } as const;

  test("are a tenth of a bit for each pixel in half size, a fifth in full size", () => {
    expect(maxBitrate({ ...half, bitsPerSecond: 0 })).toBe(691_200);
    expect(maxBitrate({ form: "h264", codec: "mjpeg", pixelsPerSecond: 10e6, bitsPerSecond: 0 })).toBe(2_000_000);
  });

  test("are a quarter of the original's at most, so that each form is a good step lighter", () => {
    expect(maxBitrate({ ...half, bitsPerSecond: 2_000_000 })).toBe(500_000);
    expect(maxBitrate({ form: "h264", codec: "mjpeg", pixelsPerSecond: 50e6, bitsPerSecond: 8e6 })).toBe(4_000_000);
    expect(maxBitrate({ ...half, codec: "mjpeg", bitsPerSecond: 4e6 })).toBe(500_000);
  });

  test("are enough for a picture when the original was quiet", () => {
    expect(maxBitrate({ ...half, bitsPerSecond: 10_000 })).toBe(200_000);
  });
});

test("a size as H.264 is even, at least 2, and no longer than x264 takes", () => {
  expect(evenOf({ width: 721, height: 487 })).toEqual({ width: 720, height: 486 });
  expect(evenOf({ width: 1, height: 64 })).toEqual({ width: 2, height: 64 });
  expect(evenOf({ width: 20_000, height: 1000 })).toEqual({ width: 16_384, height: 818 });
  expect(halfOf({ width: 20_000, height: 1000 })).toEqual({ width: 10_000, height: 500 });
  expect(halfOf({ width: 40_000, height: 1000 })).toEqual({ width: 16_384, height: 408 });
});

test("half of a size is even", () => {
  expect(halfOf({ width: 1280, height: 720 })).toEqual({ width: 640, height: 360 });
  expect(halfOf({ width: 1366, height: 769 })).toEqual({ width: 682, height: 384 });
  expect(halfOf({ width: 3, height: 2 })).toEqual({ width: 2, height: 2 });
});
