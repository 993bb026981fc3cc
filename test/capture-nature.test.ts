import { describe, expect, test } from "bun:test";
import { type Nature, natureOf, type Place } from "../src/capture/nature.ts";
import { fillingRate, firstInput, knownInput, pictureInput, type Reading } from "../src/capture/reading.ts";
import { isStill } from "../src/capture/still-file.ts";
import type { InputReport, VideoStream } from "../src/ffmpeg.ts";

const FILE: Place = { kind: "file" };
const PIPE: Place = { kind: "pipe" };
const url = (scheme: string): Place => ({ kind: "url", scheme });
const HTTP = url("http");

const STREAM: VideoStream = {
  ...{ index: 0, codec: "h264", pixelFormat: "yuv420p", range: "tv", matrix: "bt709", primaries: null, transfer: null },
  ...{ fieldOrder: "progressive", width: 320, height: 180, pixelAspect: [1, 1], fps: 25, baseRate: 25 },
  ...{ rotation: 0, isCover: false },
};

function report(formats: string, duration: number | null = null, video: readonly VideoStream[] = [STREAM]) {
  return { formats: formats.split(","), duration, video } satisfies InputReport;
}

describe("what a source is", () => {
  test.each<[string, Place, string, number | null, Nature["flow"], Partial<Nature>]>([
    ["a file", FILE, "mov,mp4", 20, "film", { hasOwnTimes: true, canTurn: true, durationMs: 20_000 }],
    ["a file without a length", FILE, "h264", null, "film", { hasOwnTimes: false, canTurn: false }],
    ["a file of DVB", FILE, "mpegts", 6, "film", { hasOwnTimes: true, canTurn: false }],
    ["a film by HTTP", HTTP, "matroska,webm", 20, "film", { canTurn: true }],
    ["a film of segments", HTTP, "hls", 60, "film", { canTurn: false }],
    ["live segments", HTTP, "hls", null, "segments", {}],
    ["live segments in a file", FILE, "hls", null, "segments", {}],
    ["live segments of DASH", url("https"), "dash", null, "segments", {}],
    ["an HTTP camera", HTTP, "mpjpeg", null, "live", { hasOwnTimes: false }],
    ["an RTSP camera", url("rtsp"), "rtsp", null, "live", { hasOwnTimes: true }],
    ["an RTSP server of films, which paces them", url("rtsp"), "rtsp", 600, "live", {}],
    ["a stream by UDP", url("udp"), "mpegts", null, "live", {}],
    ["a file that names an RTP stream", FILE, "sdp", null, "live", {}],
    ["an endless stream by HTTP", HTTP, "mpegts", null, "judged", { hasOwnTimes: true }],
    ["what comes by TCP", url("tcp"), "h264", null, "judged", { hasOwnTimes: false }],
    ["a film by a pipe", PIPE, "mov,mp4", 20, "film", { canTurn: false }],
    ["an encoder's pipe", PIPE, "mpegts", null, "judged", { hasOwnTimes: true }],
    ["a camera's pipe", PIPE, "mjpeg", null, "judged", { hasOwnTimes: false }],
    ["pictures by a pipe", PIPE, "jpeg_pipe", null, "judged", { hasOwnTimes: false, isPicture: false }],
    ["a photo", FILE, "image2", null, "film", { isPicture: true }],
    ["a camera's snapshot", HTTP, "jpeg_pipe", null, "judged", { isPicture: true }],
  ])("%s", (_what, place, formats, duration, flow, more) => {
    expect(natureOf(place, report(formats, duration))).toMatchObject({ flow, ...more });
  });

  test("before ffmpeg has said anything", () => {
    expect(natureOf(FILE, null).flow).toBe("film");
    expect(natureOf(PIPE, null).flow).toBe("judged");
    expect(natureOf(url("rtmp"), null).flow).toBe("live");
  });
});

describe("what ffmpeg is told of it", () => {
  const reading = (place: Place, address: string, fps: number | null = null): Reading => ({
    ...{ place, url: address, options: ["-base"], fps },
  });
  const film = reading(FILE, "file:/film.mp4");

  test("a film: nothing but its name; when it is short, that it is turned over", () => {
    const known = knownInput(film, report("mov", 5));

    expect(firstInput(film)).toMatchObject({
      options: ["-base"],
      url: "file:/film.mp4",
      map: "0:V:0",
      isReported: true,
    });
    expect(known.input.options).toEqual(["-base"]);
    expect(known.turnedInput?.options).toEqual(["-base", "-stream_loop", "-1"]);
    expect(knownInput(film, report("mov", 61)).turnedInput).toBeNull();
    expect(knownInput(film, report("mpegts", 5)).turnedInput).toBeNull();
  });

  test("a film behind its cover: which stream it is", () => {
    const cover = { ...STREAM, codec: "mjpeg", isCover: true };

    const { input } = knownInput(film, report("mov", 5, [cover, { ...STREAM, index: 1 }]));

    expect(input.map).toBe("0:1");
  });

  test("a film that pauses: at which rate pictures are repeated, unless a rate is asked for", () => {
    const pausing = report("mov", 7, [{ ...STREAM, fps: 4.3, baseRate: 10 }]);

    expect(knownInput(film, pausing)).toMatchObject({ input: { fillRate: 10 }, mustRestart: true });
    expect(knownInput({ ...film, fps: 5 }, pausing)).toMatchObject({ input: { fillRate: null } });
  });

  test.each([
    [25, 25, null],
    [29.97, 30, null],
    [23.9, 30, 30],
    [4.3, 10, 10],
    [0.2, 0.2, 4],
    [1, 1, 4],
    [3, 3, 6],
    [0.5, 25, 25],
    [24.5, 1000, 49],
    [3, 90_000, 30],
    [58, 1000, 60],
    [null, null, null],
  ])("of %p pictures a second on a grid of %p: %p", (fps, baseRate, expected) => {
    const rate = fillingRate({ ...STREAM, fps, baseRate });

    expect(rate && Math.round(rate * 1e6) / 1e6).toBe(expected);
  });

  test("live HLS: to begin with its newest segment", () => {
    const named = reading(HTTP, "http://host/live.M3U8?key=1");
    const unnamed = reading(HTTP, "http://host/live");
    const newest = ["-base", "-live_start_index", "-1"];

    expect(firstInput(named).options).toEqual(newest);
    expect(firstInput(unnamed).options).toEqual(["-base"]);
    expect(knownInput(named, report("hls"))).toMatchObject({ input: { options: newest }, mustRestart: false });
    expect(knownInput(unnamed, report("hls"))).toMatchObject({ input: { options: newest }, mustRestart: true });
    expect(knownInput(unnamed, report("dash"))).toMatchObject({ input: { options: ["-base"] }, mustRestart: false });
  });

  test("a camera without times of which a rate is asked: to take the clock's", () => {
    const camera = reading(HTTP, "http://camera/", 5);

    expect(knownInput(camera, report("mpjpeg"))).toMatchObject({
      ...{ input: { options: ["-base", "-use_wallclock_as_timestamps", "1"] }, mustRestart: true },
    });
    expect(knownInput({ ...camera, fps: null }, report("mpjpeg"))).toMatchObject({ mustRestart: false });
  });

  test("a single picture: to look at it a few times a second, whatever its name; not in a pipe", () => {
    const image = (rate: string) => `-base -f image2 -pattern_type none -loop 1 -framerate ${rate} -re`.split(" ");

    expect(pictureInput(reading(FILE, "file:/shot-%d.png"), null)?.options).toEqual(image("2"));
    expect(pictureInput(reading(HTTP, "http://camera/snap.jpg"), report("jpeg_pipe"))?.options).toEqual(image("4"));
    expect(pictureInput(reading(FILE, "file:/one.gif"), report("gif"))?.options).toEqual(
      "-base -r 2 -stream_loop -1 -re".split(" "),
    );
    expect(pictureInput(reading(PIPE, "pipe:0"), null)).toBeNull();
  });
});

test.each<[string, number[] | string, string, boolean]>([
  ["a JPEG", [0xff, 0xd8, 0xff, 0xe0], "card.jpg", true],
  ["JPEG after JPEG", [0xff, 0xd8, 0xff, 0xe0], "camera.mjpeg", false],
  ["a PNG", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "shot-%d.png", true],
  ["a PNG that moves", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR..acTL", "moves.png", false],
  ["a WebP", "RIFF....WEBPVP8 ", "card", true],
  ["a WebP that moves", "RIFF....WEBPVP8X..ANIM", "card.webp", false],
  ["an AVI", "RIFF....AVI LIST", "film.avi", false],
  ["a GIF", "GIF89a", "moves.gif", false],
  ["an empty file", "", "card.jpg", false],
])("%s is a single picture or not", (_what, head, name, expected) => {
  const bytes = typeof head === "string" ? Buffer.from(head, "latin1") : head;
  expect(isStill(Uint8Array.from(bytes), name)).toBe(expected);
});
