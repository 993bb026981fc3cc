import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { Viewer } from "../src/servers/web.ts";
import type { Renditions } from "../src/stream/stream.ts";
import { Stream, Track } from "../src/stream.ts";
import { systemClock } from "../src/time.ts";
import type { Size } from "../src/units.ts";
import { becomesTrue, launchChromium } from "./support/chromium.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { encodeH264, frameOf } from "./support/h264.ts";
import { Lanvid } from "./support/lanvid.ts";
import { decodePicture, letterbox, readStrip, StripSource, stripAgeMs, stripJpeg } from "./support/picture.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { FORGET_SEEN, STRIP_WATCH, seenOn } from "./support/strip-watch.ts";
import { TabbedChromium } from "./support/tabs.ts";
import { timed } from "./support/timed.ts";
import { serveViewer } from "./support/viewer.ts";
import { xDisplay } from "./support/x-display.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

const WINDOW = { width: 1280, height: 720 };
const SIZE = { width: 640, height: 360 };
const DATA = "document.documentElement.dataset";
/** A name that is this machine, and that browsers do not trust as they do "localhost". */
const LAN_NAME = "camera.lan.test";
const H264_MODES = ["webcodecs", "mse"] as const;

/** A link on which an acknowledgement needs a while, longer than all frames that may be under way meanwhile. */
const SLOW_ACKS = `(() => {
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (bytes) {
    setTimeout(() => this.readyState === 1 && send.call(this, bytes), bytes[0] === 4 ? 600 : 0);
  };
})()`;

let browser: Browser;
let lanvid: Lanvid;
let port: number;
let url: string;
let lanUrl: string;
const cleanups = cleanupsAfterEach();

beforeAll(async () => {
  browser = await launchChromium([`--host-resolver-rules=MAP ${LAN_NAME} 127.0.0.1`]);
  lanvid = new Lanvid(
    "serve test --codec h264 --size 640x360 --port 0 --http 0".split(" ").concat(["--allow-host", LAN_NAME]),
  );
  port = Number((await lanvid.event("ready"))["http"]);
  url = `http://127.0.0.1:${port}/`;
  lanUrl = `http://${LAN_NAME}:${port}/`;
});

afterAll(async () => {
  await lanvid[Symbol.asyncDispose]();
  await browser.close();
});

async function open(address: string): Promise<Page> {
  const context = await browser.newContext({ viewport: WINDOW });
  cleanups.push(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  await page.addInitScript(STRIP_WATCH);
  await page.goto(address);
  return page;
}

/** Waits until this many more pictures were shown. */
async function shows(page: Pick<Page, "evaluate">, count: number): Promise<void> {
  const before = Number(await page.evaluate(`${DATA}.frames`)) || 0;
  await becomesTrue(page, `${DATA}.frames >= ${before + count}`);
}

/** Says that its pictures are no older. */
async function isInTime(page: Page, atMost: number): Promise<void> {
  await timed(async () => {
    await shows(page, 45);
    const ms = Number(await page.evaluate(`${DATA}.delayMs`));
    expect(ms).toBeGreaterThan(0);
    return [{ what: "the delay that the page says", ms, atMost }];
  });
}

async function framesGiven(): Promise<number> {
  const text = await (await fetch(`${url}metrics`)).text();
  return Number(/^lanvid_frames_total (\d+)/m.exec(text)?.[1]);
}

async function viewers(): Promise<readonly { readonly fps: number }[]> {
  const state = (await (await fetch(`${url}state`)).json()) as {
    readonly viewers: { readonly list: { fps: number }[] };
  };
  return state.viewers.list;
}

/** Asks until it is so. */
async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 40_000;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new Error(`waited 40 s for ${what}`);
    }
    await Bun.sleep(100);
  }
}

function serve(track: Track, onPort = 0, renditions: Renditions | null = null): Viewer {
  const viewer = serveViewer(new Stream(track, renditions), { ports: [onPort] });
  cleanups.push(() => viewer.close());
  return viewer;
}

/** A hub that is given access units over and over, 30 a second. */
class MsePlayer {
  readonly track = new Track({ name: "Film" });
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param lateMs how long the frame with this number is held up, with those after it */
  play(units: readonly Uint8Array[], { width, height }: Size, first = 0, lateMs = (_: number) => 0): void {
    clearInterval(this.#timer);
    this.track.describe({ state: "live", codec: "h264", width, height });
    let given = first;
    let isHeldUntil = 0;
    const waiting: Parameters<Track["frame"]>[0][] = [];
    this.#timer = setInterval(() => {
      waiting.push(frameOf(units[given % units.length] as Uint8Array, systemClock.micros()));
      isHeldUntil = Math.max(isHeldUntil, performance.now() + lateMs(given) - 1);
      given += 1;
      if (performance.now() >= isHeldUntil) {
        for (const frame of waiting.splice(0)) {
          this.track.frame(frame);
        }
      }
    }, 33);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function film(): MsePlayer {
  const made = new MsePlayer();
  cleanups.push(() => made.stop());
  return made;
}

describe.each([
  ["webcodecs", "h264", "canvas"],
  ["mse", "h264", "video"],
  ["jpeg", "mjpeg", "canvas"],
])("?mode=%s", (mode, codec, surface) => {
  test("shows the live picture, in time, and says so", async () => {
    const page = await open(`${url}?mode=${mode}`);
    await shows(page, 30);
    await timed(async () => {
      await page.evaluate(FORGET_SEEN);
      await shows(page, 45);
      // Where others have the machine, it may stand still for a moment, and says so.
      await becomesTrue(page, `${DATA}.state === "live"`);
      const { ageMs, counters } = await seenOn(page);
      const data = await page.evaluate<Record<string, string>>(`({ ...${DATA} })`);
      expect(data).toMatchObject({ mode, codec, surface, state: "live", corrupt: "0" });
      expect(counters).toEqual([...counters].sort((one, other) => one - other));
      expect(Number(data["delayMs"])).toBeGreaterThan(0);
      return [
        { what: "the pictures, median", ms: ageMs ?? Number.NaN, atMost: 250 },
        { what: "the delay that the page says", ms: Number(data["delayMs"]), atMost: 250 },
      ];
    });
    expect(await page.textContent("#form")).toBe(codec === "h264" ? "H.264" : "JPEG");
    await timed(async () => {
      const picture = await decodePicture(await page.screenshot());
      const strip = readStrip(picture, SIZE.width, letterbox(WINDOW, SIZE));
      return [{ what: "what is on the screen", ms: strip === null ? Number.NaN : stripAgeMs(strip), atMost: 1000 }];
    });
  });

  test("the s key saves a JPEG of what is shown", async () => {
    const page = await open(`${url}?mode=${mode}`);
    await shows(page, 5);

    await timed(async () => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("s")]);

      const strip = readStrip(await decodePicture(await Bun.file(await download.path()).bytes()));
      return [{ what: "the saved picture", ms: strip === null ? Number.NaN : stripAgeMs(strip), atMost: 5000 }];
    });
  });
});

test("on this machine H.264 is decoded by WebCodecs, and nothing is said about it", async () => {
  const page = await open(url);
  await shows(page, 5);

  expect(await page.getAttribute("html", "data-mode")).toBe("webcodecs");
  expect(await page.isVisible("#notice")).toBe(false);
  expect(await page.getAttribute("#form", "title")).toBe("H.264. Quality: original. Shown by WebCodecs");
});

test("on another machine, where browsers hide WebCodecs, it is shown by Media Source", async () => {
  const page = await open(lanUrl);
  await shows(page, 5);

  expect(await page.evaluate("isSecureContext")).toBe(false);
  expect(await page.evaluate(`({ ...${DATA} })`)).toMatchObject({ mode: "mse", codec: "h264", surface: "video" });
  await timed(async () => {
    await page.evaluate(FORGET_SEEN);
    await shows(page, 30);
    return [{ what: "the pictures, median", ms: (await seenOn(page)).ageMs ?? Number.NaN, atMost: 250 }];
  });
});

test("a mode that does not work there gives way to the next one, and the page says why", async () => {
  const page = await open(`${lanUrl}?mode=webcodecs`);
  await shows(page, 5);

  expect(await page.getAttribute("html", "data-mode")).toBe("mse");
  expect(await page.textContent("#notice")).toBe("No WebCodecs: browsers have WebCodecs on localhost and https only.");
  expect(await page.isVisible("#notice")).toBe(true);
});

test("an unknown mode is named, and the best one is taken", async () => {
  const page = await open(`${url}?mode=vhs`);
  await shows(page, 5);

  expect(await page.getAttribute("html", "data-mode")).toBe("webcodecs");
  expect(await page.textContent("#notice")).toBe('There is no mode "vhs": webcodecs, mse, jpeg.');
});

test("a browser whose decoder gives up goes on in the next mode by itself", async () => {
  const context = await browser.newContext({ viewport: WINDOW });
  cleanups.push(() => context.close());
  const page = await context.newPage();
  await page.addInitScript(`VideoDecoder.prototype.decode = () => { throw new DOMException("no", "EncodingError"); }`);

  await page.goto(url);
  await shows(page, 5);

  expect(await page.getAttribute("html", "data-mode")).toBe("mse");
  expect(await page.textContent("#notice")).toBe("No WebCodecs: WebCodecs can't decode this stream here.");
});

test("a decoder that falls silent is replaced", async () => {
  const page = await open("about:blank");
  await page.addInitScript(`(() => {
    const { decode } = VideoDecoder.prototype;
    let first = null, count = 0;
    VideoDecoder.prototype.decode = function (chunk) {
      first ??= this;
      count += 1;
      if (this !== first || count <= 20) {
        decode.call(this, chunk);
      }
    };
  })()`);

  await page.goto(url);
  await becomesTrue(page, `${DATA}.frames >= 60`);

  expect(await page.evaluate(`({ ...${DATA} })`)).toMatchObject({ mode: "webcodecs", corrupt: "1" });
});

describe.each(H264_MODES)("%s", (mode) => {
  test("a camera's JPEG is drawn as such", async () => {
    const track = new Track({ name: "Camera" });
    track.attach(new StripSource());
    cleanups.push(() => track.close());
    const page = await open(`${serve(track).url}?mode=${mode}`);

    await shows(page, 5);

    expect(await page.evaluate(`({ ...${DATA} })`)).toMatchObject({ mode, codec: "mjpeg", surface: "canvas" });
  });

  test("goes on when the picture's size changes", async () => {
    const { track, play } = bound(film());
    play(encodeH264({ ...SIZE, count: 30 }), SIZE);
    const page = await open(`${serve(track).url}?mode=${mode}`);
    await shows(page, 10);
    const small = { width: 320, height: 240 };

    play(encodeH264({ ...small, count: 30, more: ["-profile:v", "high"] }), small);

    const element = mode === "mse" ? "#film" : "#picture";
    const widthOf = mode === "mse" ? "videoWidth" : "width";
    await becomesTrue(page, `document.querySelector("${element}").${widthOf} === 320`);
    await shows(page, 20);
    expect(await page.evaluate(`${DATA}.corrupt`)).toBe("0");
  });

  test("goes on when the stream's codec changes, there and back", async () => {
    const { track, play, stop } = bound(film());
    const units = encodeH264({ ...SIZE, count: 30 });
    const page = await open(`${serve(track).url}?mode=${mode}`);
    const jpeg = stripJpeg(SIZE.width, SIZE.height, Date.now(), 1);

    for (const codec of ["mjpeg", "h264", "mjpeg", "h264"] as const) {
      stop();
      if (codec === "h264") {
        play(units, SIZE);
      } else {
        playJpeg(track, jpeg);
      }
      await becomesTrue(page, `${DATA}.codec === "${codec}"`);
      await shows(page, 10);
      const surface = codec === "h264" && mode === "mse" ? "video" : "canvas";
      expect(await page.getAttribute("html", "data-surface")).toBe(surface);
    }
    expect(await page.evaluate(`${DATA}.corrupt`)).toBe("0");
  });

  test("goes on after a pause, at a key frame", async () => {
    const { track, play, stop } = bound(film());
    const units = encodeH264({ ...SIZE, count: 30, keyEvery: 15 });
    play(units, SIZE);
    const page = await open(`${serve(track).url}?mode=${mode}`);
    await shows(page, 20);

    stop();
    await becomesTrue(page, `${DATA}.fps === "0"`);
    // In the middle of a group: what comes before the next key frame builds on what never came.
    play(units, SIZE, 22);
    await isInTime(page, 250);
  });

  test("goes on after a damaged picture", async () => {
    const { track, play } = bound(film());
    play(encodeH264({ ...SIZE, count: 30, keyEvery: 10 }), SIZE);
    const page = await open(`${serve(track).url}?mode=${mode}`);
    await shows(page, 20);

    const noise = Uint8Array.from({ length: 500 }, (_, index) => (index * 7919) & 0xff);
    track.frame({ capturedAt: systemClock.micros(), isKey: false, bytes: Uint8Array.of(0, 0, 0, 1, 0x41, ...noise) });
    track.frame({ capturedAt: systemClock.micros(), isKey: true, bytes: Uint8Array.of(0, 0, 0, 1, 0x65, ...noise) });
    await shows(page, 30);

    expect(Number(await page.evaluate(`${DATA}.corrupt`))).toBeGreaterThanOrEqual(1);
  });

  test("a link that can't carry it is given half size, and the page says so", async () => {
    const half = { width: 320, height: 180 };
    const original = bound(film());
    const lighter = bound(film());
    const unused = new Track({ name: "Film" });
    original.play(encodeH264({ ...SIZE, count: 30 }), SIZE);
    lighter.play(encodeH264({ ...half, count: 30 }), half);
    const viewer = serve(original.track, 0, { mjpeg: unused, h264: unused, "h264-half": lighter.track });
    const page = await open("about:blank");
    await page.addInitScript(SLOW_ACKS);

    await page.goto(`${viewer.url}?mode=${mode}`);
    await becomesTrue(page, `${DATA}.form === "h264-half"`);
    await shows(page, 10);

    const element = mode === "mse" ? "#film" : "#picture";
    const widthOf = mode === "mse" ? "videoWidth" : "width";
    expect(await page.evaluate(`document.querySelector("${element}").${widthOf}`)).toBe(320);
    await page.keyboard.press("i");
    expect(await page.textContent("#info")).toContain("320×180, H.264");
    expect(await page.textContent("#info")).toContain("Qualityhalf size for this link");
    expect(await page.textContent("#form")).toBe("H.264 · half size");
    expect(await page.getAttribute("#form", "title")).toContain("Quality: half size for this link");
  });

  test("comes back by itself when lanvid is restarted", async () => {
    const units = encodeH264({ ...SIZE, count: 30 });
    const first = bound(film());
    first.play(units, SIZE);
    const viewer = serve(first.track);
    const page = await open(`${viewer.url}?mode=${mode}`);
    await shows(page, 20);

    await viewer.close();
    await page.waitForSelector("html[data-state=reconnecting]");
    const second = bound(film());
    second.play(units, SIZE);
    serve(second.track, viewer.port);
    await page.waitForSelector("html[data-state=live]");
    await isInTime(page, 250);
  });

  test("a page that was hidden is live as soon as it is seen again", async () => {
    await using display = await xDisplay({ width: 1300, height: 900 });
    await using chromium = await TabbedChromium.launch(display.name);
    const tab = await chromium.open(`${url}?mode=${mode}`);
    await tab.becomesTrue(`${DATA}.frames > 20`);
    await tab.evaluate(STRIP_WATCH);

    await chromium.open("about:blank");
    await tab.becomesTrue("document.hidden");
    const shown = Number(await tab.evaluate(`${DATA}.frames`));
    const given = await framesGiven();
    await until("60 frames more", async () => (await framesGiven()) > given + 60);

    // It goes on to take them, and shows none.
    expect((await viewers())[0]?.fps).toBeGreaterThan(15);
    expect(Number(await tab.evaluate(`${DATA}.frames`))).toBeLessThan(shown + 10);
    await timed(async () => {
      await chromium.open("about:blank");
      await tab.becomesTrue("document.hidden");
      await tab.evaluate(FORGET_SEEN);
      await tab.bringToFront();
      await tab.becomesTrue("stripSeen.ages.length > 5");
      const ages = await tab.evaluate<number[]>("stripSeen.ages");
      return [ages[0], ages.at(-1)].map((ms) => ({ what: "a picture seen again", ms: ms as number, atMost: 500 }));
    });
  });
});

test("a film that is opened behind another tab takes its frames, and is live when it is seen", async () => {
  await using display = await xDisplay({ width: 1300, height: 900 });
  await using chromium = await TabbedChromium.launch(display.name);
  await chromium.open("about:blank");

  const tab = await chromium.openBehind(`${url}?mode=mse`);
  await until("frames that are acknowledged", async () => Number((await viewers())[0]?.fps) > 15);

  expect(await tab.evaluate<boolean>("document.hidden")).toBe(true);
  await tab.evaluate(STRIP_WATCH);
  await timed(async () => {
    await chromium.open("about:blank");
    await tab.becomesTrue("document.hidden");
    await tab.evaluate(FORGET_SEEN);
    await tab.bringToFront();
    await tab.becomesTrue("stripSeen.ages.length > 5");
    const ages = await tab.evaluate<number[]>("stripSeen.ages");
    return [{ what: "the first picture seen", ms: ages[0] as number, atMost: 500 }];
  });
});

test("a page whose link takes longer for a picture than it waits for a word gets it all the same", async () => {
  const page = await open("about:blank");
  let connections = 0;
  await page.routeWebSocket(/\/ws$/, (socket) => {
    connections += 1;
    const server = socket.connectToServer();
    // All that is said waits behind the first picture, which takes 6 s.
    const held: (string | Buffer)[] = [];
    let isHeld = false;
    let isOver = false;
    server.onMessage((message) => {
      if (!isHeld && message.length > 5000) {
        isHeld = true;
        setTimeout(() => {
          isOver = true;
          for (const one of held) {
            socket.send(one);
          }
        }, 6000);
      }
      if (isHeld && !isOver) {
        held.push(message);
      } else {
        socket.send(message);
      }
    });
  });

  await page.goto(`${url}?mode=jpeg`);

  await shows(page, 1);
  expect(connections).toBe(2);
});

test("a film whose pictures come late now and then does not halt for them, nor fall behind", async () => {
  const made = film();
  const { port: filmPort } = serve(made.track);
  made.play(encodeH264({ ...SIZE, count: 60, keyEvery: 15 }), SIZE, 0, (frame) => (frame % 8 === 0 ? 90 : 0));
  const page = await open(`http://127.0.0.1:${filmPort}/?mode=mse`);
  await becomesTrue(page, "document.querySelector('#film').currentTime > 2");

  await timed(async () => {
    const before = Number(await page.evaluate(`${DATA}.waiting`));
    await shows(page, 150);
    const halts = Number(await page.evaluate(`${DATA}.waiting`)) - before;
    const delayMs = Number(await page.evaluate(`${DATA}.delayMs`));
    return [
      { what: "halts, by a frame's time", ms: (halts * 1000) / 30, atMost: 0 },
      { what: "the delay that the page says", ms: delayMs, atMost: 150 },
    ];
  });
});

test("a film's player is never told to go back, however late the browser says that it has a picture", async () => {
  const made = film();
  const { port: filmPort } = serve(made.track);
  // Whoever comes has a while to decode before there is something to show.
  made.play(encodeH264({ ...SIZE, count: 90, keyEvery: 90 }), SIZE);
  const page = await open("about:blank");
  await page.addInitScript(`(() => {
    const { addEventListener } = EventTarget.prototype;
    let count = 0;
    SourceBuffer.prototype.addEventListener = function (type, listener) {
      const late = (event) => (count++ < 4 ? setTimeout(listener, 400, event) : listener(event));
      addEventListener.call(this, type, type === "updateend" ? late : listener);
    };
    const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "currentTime");
    globalThis.moves = [];
    Object.defineProperty(HTMLMediaElement.prototype, "currentTime", {
      get,
      set(to) {
        moves.push([get.call(this), to]);
        set.call(this, to);
      },
    });
  })()`);

  await page.goto(`http://127.0.0.1:${filmPort}/?mode=mse`);
  await shows(page, 10);

  const moves = await page.evaluate<[number, number][]>("moves");
  expect(moves.filter(([from, to]) => to < from)).toEqual([]);
});

test("a browser that has a ManagedMediaSource and nothing else, as iPhones do, plays a film", async () => {
  const page = await open("about:blank");
  await page.addInitScript(`(() => {
    globalThis.ManagedMediaSource = class ManagedMediaSource extends MediaSource {};
    delete globalThis.MediaSource;
  })()`);

  await page.goto(`${url}?mode=mse`);
  await shows(page, 30);

  expect(await page.evaluate(`[typeof MediaSource, ${DATA}.mode, ${DATA}.corrupt]`)).toEqual(["undefined", "mse", "0"]);
});

test("a film's buffer stays small", async () => {
  const page = await open(`${url}?mode=mse`);
  await becomesTrue(page, "document.querySelector('#film').currentTime > 9");

  const { length, start, end } = await page.evaluate<{ length: number; start: number; end: number }>(
    `(({ buffered }) => ({ length: buffered.length, start: buffered.start(0), end: buffered.end(buffered.length - 1) }))(
      document.querySelector("#film"))`,
  );

  expect(length).toBe(1);
  expect(end - start).toBeWithin(1, 8);
});

test("the page plays a film without asking for anything but its WebSocket, and without a complaint", async () => {
  const page = await open("about:blank");
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));

  await page.goto(`${url}?mode=mse`);
  await shows(page, 10);

  expect(requests.filter((request) => !request.startsWith("blob:"))).toEqual([`${url}?mode=mse`]);
  expect(complaints).toEqual([]);
});

/** Gives this picture 30 times a second, until it gives H.264. */
function playJpeg(track: Track, bytes: Uint8Array): void {
  track.describe({ state: "live", codec: "mjpeg", ...SIZE });
  const timer = setInterval(() => {
    if (track.description.codec === "mjpeg") {
      track.frame({ capturedAt: systemClock.micros(), isKey: true, bytes });
    } else {
      clearInterval(timer);
    }
  }, 33);
  cleanups.push(() => clearInterval(timer));
}

/** Its methods may be taken apart. */
function bound(made: MsePlayer) {
  return { track: made.track, play: made.play.bind(made), stop: made.stop.bind(made) };
}
