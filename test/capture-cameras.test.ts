import { expect, test } from "bun:test";
import { parseFormats } from "../src/capture/cameras.ts";
import { nearestFormat } from "../src/capture/choose-camera.ts";

/** What ffmpeg 5.1 printed for a Logitech C920. */
const LISTING = `
[video4linux2,v4l2 @ 0x561f7d0e4d40] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 160x90 1280x720 2304x1536
[video4linux2,v4l2 @ 0x561f7d0e4d40] Compressed:        h264 :                H.264 : 640x480 1920x1080
[video4linux2,v4l2 @ 0x561f7d0e4d40] Compressed:       mjpeg :          Motion-JPEG : 640x480 1280x720 1920x1080
/dev/video0: Immediate exit requested
`;

const camera = { path: "/dev/video0", name: "C920", source: "camera:0", formats: parseFormats(LISTING) };

test("the listing of a camera's formats is read", () => {
  expect(camera.formats.map(({ codec, width, height }) => `${codec} ${width}x${height}`)).toEqual([
    "yuyv422 640x480",
    "yuyv422 160x90",
    "yuyv422 1280x720",
    "yuyv422 2304x1536",
    "h264 640x480",
    "h264 1920x1080",
    "mjpeg 640x480",
    "mjpeg 1280x720",
    "mjpeg 1920x1080",
  ]);
});

test.each([
  ["a format without a name", "[v4l2 @ 0x1] Raw       : Unsupported :           Y16 : 640x480", 1],
  ["a name with colons", "[v4l2 @ 0x1] Compressed:       mjpeg :       Motion: JPEG : 640x480 320x240", 2],
  ["a device that is none", "[v4l2 @ 0x1] ioctl(VIDIOC_QUERYCAP): Inappropriate ioctl for device", 0],
  ["a range of sizes", "[v4l2 @ 0x1] Raw       :     yuyv422 :           YUYV 4:2:2 : {32-2592, 2}x{32-1944, 2}", 0],
  ["nothing", "", 0],
])("%s is read without a guess", (_what, text, count) => {
  expect(parseFormats(text)).toHaveLength(count);
});

test.each([
  ["the size itself, as JPEG", { width: 1280, height: 720 }, { width: 1280, height: 720 }, "auto", "mjpeg"],
  ["the nearest size, as JPEG", { width: 1900, height: 1000 }, { width: 1920, height: 1080 }, "auto", "mjpeg"],
  [
    "the same as H.264, when that is asked for",
    { width: 1920, height: 1080 },
    { width: 1920, height: 1080 },
    "h264",
    "h264",
  ],
  ["JPEG where it has no H.264", { width: 1280, height: 720 }, { width: 1280, height: 720 }, "h264", "mjpeg"],
  ["a size that is raw only", { width: 2300, height: 1500 }, { width: 2304, height: 1536 }, "auto", null],
  ["the smallest", { width: 16, height: 16 }, { width: 160, height: 90 }, "mjpeg", null],
] as const)("a camera gives %s", (_what, wanted, size, choice, codec) => {
  expect(nearestFormat(camera, wanted, choice)).toEqual({ size, codec });
});

test("a camera that encodes H.264 only is asked for it, but not for JPEG viewers", () => {
  const wanted = { width: 640, height: 480 };
  const formats = camera.formats.filter(({ codec }) => codec !== "mjpeg");

  expect(nearestFormat({ formats }, wanted, "auto").codec).toBe("h264");
  expect(nearestFormat({ formats }, wanted, "mjpeg").codec).toBeNull();
});

test("a camera of unknown formats is asked for what is wanted", () => {
  const wanted = { width: 800, height: 600 };

  expect(nearestFormat({ ...camera, formats: [] }, wanted, "auto")).toEqual({ size: wanted, codec: null });
});
