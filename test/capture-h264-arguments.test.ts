import { describe, expect, test } from "bun:test";
import { captureArguments, chooseOutput, type Input } from "../src/capture/arguments.ts";
import { fitInto } from "../src/capture/canonical.ts";
import { linuxCamera, linuxScreen } from "../src/capture/linux.ts";
import { macosCamera, macosScreen } from "../src/capture/macos.ts";
import { windowsCamera, windowsScreen } from "../src/capture/windows.ts";
import type { CaptureSettings } from "../src/capture.ts";
import { crf, x264Preset } from "../src/ffmpeg/h264-encoding.ts";
import { type H264Settings, h264Arguments } from "../src/ffmpeg.ts";
import { keyIntervalMs } from "../src/media.ts";

const HD = { width: 1280, height: 720 };
const AUTO: CaptureSettings = {
  size: null,
  fps: null,
  codec: "auto",
  quality: 90,
  bitrate: null,
  encoder: null,
  rotate: 0,
  mirror: false,
  extra: [],
};
const X264: H264Settings = {
  encoder: "libx264",
  quality: 90,
  bitrate: null,
  fps: 30,
  keyIntervalMs: 500,
  pixelsPerSecond: 1280 * 720 * 30,
  cores: 2,
};
const FILE: Input = {
  options: ["-re"],
  url: "file:/a b.mp4",
  codec: null,
  hasSettings: false,
  isBt601: false,
  hasUnixTime: false,
};

const HEAD = ["-hide_banner", "-nostdin", "-loglevel", "error"];
const EVEN = "crop=floor(iw/2)*2:floor(ih/2)*2:0:0,scale=out_range=tv";
/** By the pictures' times and by the clock. */
const KEYS_IN_TIME = [
  "-force_key_frames",
  "expr:if(if(isnan(prev_forced_t),1,gte(t,prev_forced_t+0.5)+gte(abs(time(0)-ld(0)),0.625)),1+0*st(0,time(0)),0)",
];
const ENCODE = [
  ...["-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-bf", "0"],
  ...["-sc_threshold", "0", "-x264-params", "fps=30", "-crf", "23"],
];
const OPTIONS = ["-flags", "-global_header", "-enc_time_base", "1:1000000"];
const TAGS = ["-colorspace", "smpte170m", "-color_primaries", "bt709", "-color_trc", "bt709"];
const TAIL = ["-fps_mode", "passthrough", "-f", "nut", "-write_index", "0", "-flush_packets", "1", "pipe:1"];

describe("each system's devices as H.264, on every system", () => {
  const monitor = { name: "HDMI-1", width: 2560, height: 1440, x: 1920, y: 10 };

  test.each<[string, Input, string]>([
    [
      "a raw camera on Linux",
      linuxCamera("/dev/video2", HD, 30, null),
      "-f v4l2 -fpsprobesize 0 -video_size 1280x720 -framerate 30 -i /dev/video2",
    ],
    [
      "a JPEG camera on Linux",
      linuxCamera("/dev/video2", HD, 30, "mjpeg"),
      "-f v4l2 -fpsprobesize 0 -input_format mjpeg -video_size 1280x720 -framerate 30 -i /dev/video2",
    ],
    [
      "a monitor of the X screen, whose times are kept",
      linuxScreen(":1", monitor, 30),
      "-copyts -f x11grab -fpsprobesize 0 -framerate 30 -video_size 2560x1440 -i :1+1920,10",
    ],
    [
      "a camera on macOS",
      macosCamera("1", HD, 30),
      "-f avfoundation -fpsprobesize 0 -framerate 30 -video_size 1280x720 -pixel_format uyvy422 -i 1:none",
    ],
    [
      "a screen on macOS",
      { ...macosScreen(1, 30), url: "1:none" },
      "-f avfoundation -fpsprobesize 0 -framerate 30 -capture_cursor 1 -i 1:none",
    ],
    [
      "a camera on Windows",
      windowsCamera("@device", HD, 30, "h264"),
      "-f dshow -fpsprobesize 0 -vcodec h264 -video_size 1280x720 -framerate 30 -i video=@device",
    ],
    ["the desktop of Windows", windowsScreen(30), "-f gdigrab -fpsprobesize 0 -framerate 30 -draw_mouse 1 -i desktop"],
  ])("%s", (_name, input, before) => {
    const encode = [
      ...["-map", "0:v:0", "-vf", EVEN, ...ENCODE, "-g", "15", ...KEYS_IN_TIME, ...OPTIONS],
      ...(input.isBt601 ? TAGS : []),
    ];

    expect(captureArguments(input, AUTO, { kind: "h264", settings: X264 }, true)).toEqual([
      ...HEAD,
      ...before.split(" "),
      ...encode,
      ...TAIL,
    ]);
  });
});

test("a file keeps its own colours, and has its key frames by time where nobody says its rate", () => {
  const keys = ["-g", "600", ...KEYS_IN_TIME];
  const settings = { ...X264, fps: null };

  expect(captureArguments(FILE, AUTO, { kind: "h264", settings }, true)).toEqual([
    ...HEAD,
    ...["-re", "-i", "file:/a b.mp4", "-map", "0:v:0", "-vf", EVEN],
    ...[...ENCODE, ...keys, ...OPTIONS],
    ...TAIL,
  ]);
});

test("size, rate and turning come before what H.264 needs", () => {
  const settings: CaptureSettings = { ...AUTO, fps: 10, size: HD, rotate: 90, mirror: true };
  const args = captureArguments(FILE, settings, { kind: "h264", settings: X264 }, true);

  expect(args[args.indexOf("-vf") + 1]).toBe(`fps=10,${fitInto(HD).join(",")},transpose=clock,hflip,${EVEN}`);
});

test("a camera's own H.264 is passed through as NUT, its own JPEG as multipart", () => {
  const line = (codec: "h264" | "mjpeg") => {
    const args = captureArguments(linuxCamera("/dev/video0", HD, 30, codec), AUTO, { kind: "copy", codec }, true);
    return args.slice(args.indexOf("-map"));
  };

  expect(line("h264")).toEqual(["-map", "0:v:0", "-c:v", "copy", ...TAIL]);
  expect(line("mjpeg").slice(-5)).toEqual(["-f", "mpjpeg", "-flush_packets", "1", "pipe:1"]);
});

const RAW = linuxCamera("/dev/video0", HD, 30, null);
const MJPEG = linuxCamera("/dev/video0", HD, 30, "mjpeg");
const H264 = linuxCamera("/dev/video0", HD, 30, "h264");

test.each<[string, Input, Partial<CaptureSettings>, string]>([
  ["auto: a raw camera", RAW, {}, "h264"],
  ["auto: a file", FILE, {}, "h264"],
  ["auto: a JPEG camera", MJPEG, {}, "copy"],
  ["auto: an H.264 camera", H264, {}, "copy"],
  ["auto: a JPEG camera, turned", MJPEG, { rotate: 90 }, "h264"],
  ["auto: an H.264 camera, mirrored", H264, { mirror: true }, "h264"],
  ["auto: a JPEG camera with a bitrate", MJPEG, { bitrate: 4e6 }, "h264"],
  ["auto: a JPEG camera with an encoder", MJPEG, { encoder: "h264_nvenc" }, "h264"],
  ["h264: a JPEG camera", MJPEG, { codec: "h264" }, "h264"],
  ["h264: an H.264 camera", H264, { codec: "h264" }, "copy"],
  ["h264: an H.264 camera with a bitrate", H264, { codec: "h264", bitrate: 4e6 }, "h264"],
  ["mjpeg: a JPEG camera", MJPEG, { codec: "mjpeg" }, "copy"],
  ["mjpeg: an H.264 camera", H264, { codec: "mjpeg" }, "mjpeg"],
  ["mjpeg: a file", FILE, { codec: "mjpeg" }, "mjpeg"],
])("%s", (_what, input, settings, expected) => {
  expect(chooseOutput(input, { ...AUTO, ...settings })).toBe(expected as "copy");
});

describe("the encoder", () => {
  const options = (settings: Partial<H264Settings>) => h264Arguments({ ...X264, ...settings }).options;
  const after = (words: readonly string[], option: string) => words[words.indexOf(option) + 1];

  test.each([
    [100, 20, 26],
    [90, 23, 29],
    [50, 35, 41],
    [1, 50, 51],
  ])("quality %d is -crf %d, of a screen %d", (quality, expected, ofScreen) => {
    expect(crf({ quality })).toBe(expected);
    expect(after(options({ quality }), "-crf")).toBe(String(expected));
    expect(after(options({ quality, isScreen: true }), "-crf")).toBe(String(ofScreen));
  });

  test("a screen's bits are spent where there is little detail", () => {
    expect(after(options({ isScreen: true }), "-x264-params")).toBe("fps=30:aq-strength=1.4");
  });

  test("a bitrate takes the place of the quality, with a buffer of a quarter of the key interval", () => {
    const words = options({ bitrate: 4e6 }).join(" ");

    expect(words).toContain("-b:v 4000000 -maxrate 4000000 -bufsize 500000");
    expect(words).not.toContain("-crf");
  });

  test.each([
    [30, 500, "15"],
    [60, 1000, "60"],
    [10, 250, "3"],
    [0.4, 500, "1"],
  ])("at %d frames per second, a key frame every %d ms is one in %s", (fps, interval, expected) => {
    expect(after(options({ fps, keyIntervalMs: interval }), "-g")).toBe(expected);
  });

  test.each([
    [20, 250],
    [125, 250],
    [250, 500],
    [400, 800],
    [60_000, 1000],
  ])("a delay of at most %d ms needs a key frame every %d ms", (maxDelayMs, expected) => {
    expect(keyIntervalMs(maxDelayMs)).toBe(expected);
  });

  test.each([
    ["720p30 on one core", 1280 * 720 * 30, 1, "superfast"],
    ["720p30 on two", 1280 * 720 * 30, 2, "superfast"],
    ["1080p30 on two", 1920 * 1080 * 30, 2, "superfast"],
    ["1080p30 on one", 1920 * 1080 * 30, 1, "ultrafast"],
    ["1080p60 on two", 1920 * 1080 * 60, 2, "ultrafast"],
    ["1080p60 on four", 1920 * 1080 * 60, 4, "superfast"],
    ["2160p30 on four", 3840 * 2160 * 30, 4, "ultrafast"],
    ["2160p30 on eight", 3840 * 2160 * 30, 8, "superfast"],
  ])("%s (%d pixels/s, %d cores) is %s", (_what, pixelsPerSecond, cores, expected) => {
    expect(x264Preset(pixelsPerSecond, cores)).toBe(expected as "superfast");
  });

  const KEYS = ["-g", "15", ...KEYS_IN_TIME, ...OPTIONS];
  const EITHER = `${EVEN},format=nv12|yuv420p`;

  test.each<[string, string[], string, string]>([
    [
      "h264_nvenc",
      [],
      EITHER,
      "-preset p2 -tune ull -zerolatency 1 -delay 0 -bf 0 -forced-idr 1 -rc vbr -cq 23 -b:v 0",
    ],
    [
      "h264_vaapi",
      ["-vaapi_device", "/dev/dri/renderD128"],
      `${EVEN},format=nv12,hwupload`,
      "-async_depth 1 -bf 0 -rc_mode CQP -qp 23",
    ],
    ["h264_qsv", [], `${EVEN},format=nv12`, "-preset veryfast -async_depth 1 -bf 0 -forced_idr 1 -global_quality 23"],
    ["h264_videotoolbox", [], EITHER, "-realtime 1 -bf 0 -b:v 4147200 -maxrate 4147200 -bufsize 518400"],
    ["h264_amf", [], EITHER, "-usage ultralowlatency -quality speed -rc cqp -qp_i 23 -qp_p 23"],
    ["h264_mf", [], EITHER, "-hw_encoding 1 -scenario display_remoting -b:v 4147200 -maxrate 4147200 -bufsize 518400"],
    ["h264_v4l2m2m", [], EITHER, "-b:v 4147200 -maxrate 4147200 -bufsize 518400 -bf 0"],
  ])("%s is told to hold nothing back", (encoder, global, filters, own) => {
    expect(h264Arguments({ ...X264, encoder })).toEqual({
      global,
      filters: filters.split(",") as string[],
      options: ["-c:v", encoder, ...own.split(" "), ...KEYS],
    });
  });
});
