import { describe, expect, test } from "bun:test";
import { captureArguments, chooseOutput, type Input, type Output } from "../src/capture/arguments.ts";
import { fitInto } from "../src/capture/canonical.ts";
import { linuxCamera, linuxScreen } from "../src/capture/linux.ts";
import { macosCamera, macosScreen } from "../src/capture/macos.ts";
import { windowsCamera, windowsScreen } from "../src/capture/windows.ts";
import type { CaptureSettings } from "../src/capture.ts";
import { qscale } from "../src/ffmpeg/jpeg-encoding.ts";

const HD = { width: 1280, height: 720 };
const PLAIN: CaptureSettings = {
  size: null,
  fps: null,
  codec: "mjpeg",
  quality: 90,
  bitrate: null,
  encoder: null,
  rotate: 0,
  mirror: false,
  extra: [],
};
const FILE: Input = {
  options: ["-re"],
  url: "file:/a b.mp4",
  codec: null,
  hasSettings: false,
  isBt601: false,
  hasUnixTime: false,
};
/** As large as it fits, and the rest black. */
const FIT = fitInto(HD).join(",");
const JPEG: Output = { kind: "mjpeg" };

/** What every command line begins with, and what it ends with. */
const HEAD = ["-hide_banner", "-nostdin", "-loglevel", "error"];
const ENCODE = ["-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", "-thread_type", "slice"];
const TAIL = ["-fps_mode", "passthrough", "-f", "mpjpeg", "-flush_packets", "1", "pipe:1"];

/** The whole command line for an input, encoded as it is. */
function line(...input: string[]): string[] {
  return [...HEAD, ...input, "-map", "0:v:0", ...ENCODE, ...TAIL];
}

/** The same for an X screen, whose times go back when the clock is set back. */
function screenLine(...input: string[]): string[] {
  return [...HEAD, ...input, "-map", "0:v:0", "-vf", "setpts=N/FR/TB", ...ENCODE, ...TAIL];
}

describe("each system's devices, on every system", () => {
  const monitor = { name: "HDMI-1", width: 2560, height: 1440, x: 1920, y: 10 };

  test.each<[string, Input, string[]]>([
    [
      "a raw camera on Linux",
      linuxCamera("/dev/video2", HD, 30, null),
      line("-f", "v4l2", "-fpsprobesize", "0", "-video_size", "1280x720", "-framerate", "30", "-i", "/dev/video2"),
    ],
    [
      "a JPEG camera on Linux, passed through",
      linuxCamera("/dev/video0", HD, 25, "mjpeg"),
      [
        ...HEAD,
        ...[
          "-f",
          "v4l2",
          "-fpsprobesize",
          "0",
          "-input_format",
          "mjpeg",
          "-video_size",
          "1280x720",
          "-framerate",
          "25",
          "-i",
          "/dev/video0",
        ],
        ...["-map", "0:v:0", "-c:v", "copy"],
        ...TAIL,
      ],
    ],
    [
      "the whole X screen",
      linuxScreen(":0.0", null, 30),
      screenLine("-f", "x11grab", "-fpsprobesize", "0", "-framerate", "30", "-i", ":0.0"),
    ],
    [
      "one monitor of the X screen",
      linuxScreen(":1", monitor, 15),
      screenLine(
        "-f",
        "x11grab",
        "-fpsprobesize",
        "0",
        "-framerate",
        "15",
        "-video_size",
        "2560x1440",
        "-i",
        ":1+1920,10",
      ),
    ],
    [
      "a camera on macOS",
      macosCamera("FaceTime HD Camera", HD, 30),
      line(
        ...[
          "-f",
          "avfoundation",
          "-fpsprobesize",
          "0",
          "-framerate",
          "30",
          "-video_size",
          "1280x720",
          "-pixel_format",
          "uyvy422",
        ],
        ...["-i", "FaceTime HD Camera:none"],
      ),
    ],
    [
      "a screen on macOS",
      macosScreen(1, 60),
      line(
        "-f",
        "avfoundation",
        "-fpsprobesize",
        "0",
        "-framerate",
        "60",
        "-capture_cursor",
        "1",
        "-i",
        "Capture screen 1:none",
      ),
    ],
    [
      "a camera on Windows",
      windowsCamera('Bob\'s "cam": HD', HD, 30),
      line(
        "-f",
        "dshow",
        "-fpsprobesize",
        "0",
        "-video_size",
        "1280x720",
        "-framerate",
        "30",
        "-i",
        'video=Bob\'s "cam"_ HD',
      ),
    ],
    [
      "the desktop of Windows",
      windowsScreen(20),
      line("-f", "gdigrab", "-fpsprobesize", "0", "-framerate", "20", "-draw_mouse", "1", "-i", "desktop"),
    ],
  ])("%s", (_name, input, expected) => {
    const output: Output = input.codec === null ? JPEG : { kind: "copy", codec: input.codec };

    expect(captureArguments(input, PLAIN, output, true)).toEqual(expected);
  });
});

describe("what is asked of the picture", () => {
  const filters = (settings: Partial<CaptureSettings>, input: Input = FILE) => {
    const args = captureArguments(input, { ...PLAIN, ...settings }, JPEG, true);
    const at = args.indexOf("-vf");
    return at < 0 ? null : args[at + 1];
  };

  test.each<[Partial<CaptureSettings>, string | null]>([
    [{}, null],
    [{ fps: 12.5 }, "fps=12.5"],
    [{ size: HD }, FIT],
    [{ rotate: 90 }, "transpose=clock"],
    [{ rotate: 180 }, "hflip,vflip"],
    [{ rotate: 270 }, "transpose=cclock"],
    [{ mirror: true }, "hflip"],
    [{ fps: 10, size: HD, rotate: 90, mirror: true }, `fps=10,${FIT},transpose=clock,hflip`],
  ])("%j becomes the filters %j", (settings, expected) => {
    expect(filters(settings)).toBe(expected as string);
  });

  test("size and rate are not filtered again where the device gives them", () => {
    expect(filters({ size: HD, fps: 30 }, linuxCamera("/dev/video0", HD, 30, null))).toBeNull();
  });

  test("a JPEG camera that is turned is encoded anew", () => {
    const camera = linuxCamera("/dev/video0", HD, 30, "mjpeg");
    const settings: CaptureSettings = { ...PLAIN, rotate: 180 };

    expect(chooseOutput(camera, settings)).toBe("mjpeg");
    expect(captureArguments(camera, settings, JPEG, true)).toContain("hflip,vflip");
  });

  test("what follows -- comes before -i, word for word", () => {
    const args = captureArguments(FILE, { ...PLAIN, extra: ["-f", "h264", "-x", "a b; c"] }, JPEG, true);

    expect(args.slice(4, 11)).toEqual(["-re", "-f", "h264", "-x", "a b; c", "-i", "file:/a b.mp4"]);
  });

  test("an ffmpeg before 5.1 is told -vsync", () => {
    const args = captureArguments(FILE, PLAIN, JPEG, false);

    expect(args).toContain("-vsync");
    expect(args).not.toContain("-fps_mode");
  });

  test.each([
    [100, 2],
    [90, 5],
    [50, 17],
    [1, 31],
  ])("quality %d is ffmpeg's -q:v %d", (quality, expected) => {
    expect(qscale(quality)).toBe(expected);
  });
});
