import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { captureArguments } from "../src/capture/arguments.ts";
import { avfoundationDevice, parseAvfoundation } from "../src/capture/avfoundation-listing.ts";
import type { Camera } from "../src/capture/cameras.ts";
import { cameraInput, chooseCamera } from "../src/capture/choose-camera.ts";
import { parseDshowCameras, parseDshowFormats } from "../src/capture/dshow-listing.ts";
import type { CaptureSettings } from "../src/capture.ts";
import { listCameras, listScreens, seeCameras } from "../src/capture.ts";
import { Folder } from "./support/stand-in.ts";

const LISTINGS = join(import.meta.dir, "fixtures/listings");
const PLAIN: CaptureSettings = {
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
const PNP = String.raw`@device_pnp_\\?\usb#vid`;
const CAPTURE = String.raw`&0&0000#{65e8773d-8f56-11d0-a3b9-00a0c9223196}\global`;
const FIRST = `${PNP}_152d&pid_0312&mi_00#7&1557c68a${CAPTURE}`;
const SECOND = `${PNP}_152d&pid_0312&mi_00#7&beb8c87${CAPTURE}`;

function listing(name: string): string {
  return readFileSync(join(LISTINGS, `${name}.txt`), "utf8");
}

describe("DirectShow's cameras are read", () => {
  test.each([
    [
      "of ffmpeg 3.2, with Chinese sound devices",
      "dshow-3.2-chinese",
      ["Integrated Webcam", "screen-capture-recorder"],
    ],
    ["of ffmpeg 4.3", "dshow-4.3-korean", ["Lenovo EasyCamera"]],
    ["of ffmpeg 5, one that is switched off last", "dshow-5-virtual", ["OBS Virtual Camera", "DirectShow Softcam"]],
    [
      "of ffmpeg 8, with spaces, #, quotes, other alphabets and twins",
      "dshow-8-nasty",
      [
        "USB 2.0 HD-720P web cam",
        "USB 2.0 HD-720P web cam",
        "BisonCam,NB Pro",
        'Bob\'s "cam": HD #2 (video) [Fixed]',
        "Küche – ハウス 카메라®",
        "No alternative",
      ],
    ],
    ["where there are none", "dshow-none", []],
  ])("%s", (_what, name, names) => {
    expect(parseDshowCameras(listing(name)).map((camera) => camera.name)).toEqual(names);
  });

  test("twins have alternative names of their own", () => {
    const [first, second] = parseDshowCameras(listing("dshow-8-nasty"));

    expect([first?.alternativeName, second?.alternativeName]).toEqual([FIRST, SECOND]);
  });

  test("one without an alternative name does not take its neighbour's", () => {
    const found = parseDshowCameras(listing("dshow-8-nasty")).find(({ name }) => name === "No alternative");

    expect(found?.alternativeName).toBeNull();
  });

  test("not from what is no listing", () => {
    expect(parseDshowCameras('Unknown input format: "dshow"\n"a" (video)\n[dshow @ 0x1] Alternative name "x"')).toEqual(
      [],
    );
  });
});

describe("DirectShow's formats are read, each size once with its highest rate", () => {
  test.each([
    [
      "of ffmpeg 4.3",
      "dshow-4.3-options",
      ["mjpeg 1280x720 30", "mjpeg 640x480 30", "yuyv422 1280x720 10", "yuyv422 800x600 15", "yuyv422 640x480 30"],
    ],
    ["of ffmpeg 8", "dshow-8-options", ["mjpeg 1920x1080 30", "mjpeg 4000x1200 60.0002", "yuyv422 640x480 30"]],
  ])("%s", (_what, name, formats) => {
    const read = parseDshowFormats(listing(name));

    expect(read.map(({ codec, width, height, fps }) => `${codec} ${width}x${height} ${fps}`)).toEqual(formats);
  });
});

describe("AVFoundation's devices are read", () => {
  test.each([
    ["of ffmpeg 3.4", "avfoundation-3.4", ["CamTwist", "Built-in iSight", "CamTwist (2VUY)"], ["Capture screen 0"]],
    [
      "of ffmpeg 7.1, with a telephone",
      "avfoundation-7.1-iphone",
      ["FaceTime HD Camera", "Jordan’s iPhone Camera", "Jordan’s iPhone Desk View Camera"],
      ["Capture screen 0"],
    ],
  ])("%s", (_what, name, cameras, screens) => {
    const read = parseAvfoundation(listing(name));

    expect(read.cameras.map((device) => device.name)).toEqual(cameras);
    expect(read.screens.map((device) => device.name)).toEqual(screens);
  });

  test("a camera is opened by its name, or by its number where ffmpeg would open something else", () => {
    const { cameras, screens } = parseAvfoundation(listing("avfoundation-nasty"));

    expect(cameras.map((camera) => [camera.name, avfoundationDevice(cameras, camera)])).toEqual([
      ["HD Webcam C525 Pro", "HD Webcam C525 Pro"],
      ["HD Webcam C525", "1"],
      ["HD Webcam C525", "2"],
      ['4K "Küche": #1 [links]', "3"],
      ["default view", "4"],
      ["Büro, 카메라 #2", "Büro, 카메라 #2"],
      ["4K Webcam", "6"],
    ]);
    expect(screens).toHaveLength(2);
  });
});

/** Stands in for ffmpeg: prints a listing, and a camera's formats, on stderr as ffmpeg does. */
function lister(folder: Folder, name: string, options = "dshow-none"): string {
  const choose = `case "$*" in *list_options*) F=${options};; *) F=${name};; esac`;
  return folder.standIn("ffmpeg", `${choose}\ncat ${LISTINGS}/$F.txt >&2; exit 1`);
}

describe("the cameras of another system, from a stand-in for its ffmpeg,", () => {
  const onWindows = (name: string, options?: string) => {
    using folder = new Folder();
    return listCameras(lister(folder, name, options), "win32");
  };
  const onMac = (name: string) => {
    using folder = new Folder();
    return listCameras(lister(folder, name), "darwin");
  };
  const line = (camera: Camera | undefined, platform: NodeJS.Platform, settings: Partial<CaptureSettings> = {}) => {
    const own = { ...PLAIN, ...settings };
    const args = captureArguments(cameraInput(camera as Camera, own, platform).input, own, { kind: "mjpeg" }, true);
    return args.slice(args.indexOf("-f"), args.indexOf("-map"));
  };

  test("have stable words on Windows", () => {
    const cameras = onWindows("dshow-8-nasty");

    expect(cameras.map(({ source }) => source)).toEqual(cameras.map((_, index) => `camera:${index}`));
    expect(cameras[1]).toMatchObject({ path: SECOND, name: "USB 2.0 HD-720P web cam", source: "camera:1" });
    expect(cameras[5]).toMatchObject({ path: "No alternative", source: "camera:5" });
  });

  test("are chosen by number, name and alternative name; no word is the first", () => {
    const cameras = onWindows("dshow-8-nasty");
    const words = [null, "1", 'Bob\'s "cam": HD #2 (video) [Fixed]', "Küche – ハウス 카메라®", SECOND, "9", "usb"];

    const chosen = words.map((word) => chooseCamera(cameras, word)?.source ?? null);

    expect(chosen).toEqual(["camera:0", "camera:1", "camera:3", "camera:4", "camera:1", null, null]);
  });

  test.each([
    ["Windows", onWindows, "dshow-8-nasty", "USB 2.0 HD-720P web cam", "camera:0 or camera:1"],
    ["macOS", onMac, "avfoundation-nasty", "HD Webcam C525", "camera:1 or camera:2"],
  ])("are not guessed among twins on %s", (_what, cameras, name, word, words) => {
    expect(() => chooseCamera(cameras(name), word)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("2 have this name"),
        hint: `name one of them: ${words}`,
      }),
    );
  });

  test("are opened on Windows by the alternative name", () => {
    const camera = chooseCamera(onWindows("dshow-8-nasty"), "1");

    expect(line(camera, "win32")).toEqual(
      ["-f", "dshow", "-fpsprobesize", "0"].concat(
        ["-video_size", "1280x720", "-framerate", "30"],
        ["-i", `video=${SECOND}`],
      ),
    );
  });

  test("give their JPEG on Windows, at the size and rate that they have", () => {
    const [camera] = onWindows("dshow-4.3-korean", "dshow-4.3-options");
    const path = `${PNP}_04f2&pid_b50f&mi_00#6&bbc4ae1${CAPTURE}`;

    expect(line(camera, "win32")).toEqual(
      ["-f", "dshow", "-fpsprobesize", "0", "-vcodec", "mjpeg"].concat(
        ["-video_size", "1280x720", "-framerate", "30"],
        ["-i", `video=${path}`],
      ),
    );
    expect(line(camera, "win32", { size: { width: 800, height: 600 } })).toEqual([
      "-f",
      "dshow",
      "-fpsprobesize",
      "0",
      "-video_size",
      "800x600",
      "-framerate",
      "15",
      "-i",
      `video=${path}`,
    ]);
  });

  test.each([
    [null, "HD Webcam C525 Pro:none"],
    ["1", "1:none"],
    ["2", "2:none"],
    ['4K "Küche": #1 [links]', "3:none"],
    ["Büro, 카메라 #2", "Büro, 카메라 #2:none"],
  ])("are opened on macOS: %p is %p", (word, url) => {
    const camera = chooseCamera(onMac("avfoundation-nasty"), word);

    expect(line(camera, "darwin")).toEqual(
      ["-f", "avfoundation", "-fpsprobesize", "0", "-framerate", "30"].concat(
        ["-video_size", "1280x720", "-pixel_format", "uyvy422"],
        ["-i", url],
      ),
    );
  });

  test("are opened on Linux by their path, and chosen by their number there", () => {
    const formats = [{ codec: "mjpeg", width: 640, height: 480, fps: null }];
    const cameras = ["0", "2"].map((n) => ({ path: `/dev/video${n}`, name: "C920", source: `camera:${n}`, formats }));

    expect(line(chooseCamera(cameras, "2"), "linux")).toEqual(
      ["-f", "v4l2", "-fpsprobesize", "0", "-input_format", "mjpeg"].concat(
        ["-video_size", "640x480", "-framerate", "30"],
        ["-i", "/dev/video2"],
      ),
    );
    expect(chooseCamera(cameras, "1")).toBeUndefined();
  });

  test("are none without an ffmpeg, and none where it lists none", () => {
    expect(seeCameras(null, "win32")).toEqual([]);
    expect(onWindows("dshow-none")).toEqual([]);
    expect(onMac("dshow-none")).toEqual([]);
  });

  test("come with the screens", () => {
    using folder = new Folder();

    const mac = listScreens(lister(folder, "avfoundation-nasty"), "darwin");

    expect(mac.map(({ id, source }) => [id, source])).toEqual([
      ["Capture screen 0", "screen:0"],
      ["Capture screen 1", "screen:1"],
    ]);
    expect(listScreens(null, "win32")).toEqual([{ id: "desktop", name: "desktop", source: "screen", size: null }]);
  });
});
