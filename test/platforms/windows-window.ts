// Parts: fonts
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { jpegSize } from "../../src/media.ts";
import { Lanvid, type LanvidOptions } from "../support/lanvid.ts";
import { readStrip, stripAgeMs } from "../support/picture.ts";
import { waitFor } from "../support/wait.ts";
import { SCREEN, Screen } from "../support/window-screen.ts";
import { Place, runnerOf } from "./support/platforms.ts";

// Wine on a busy machine.
setDefaultTimeout(120_000);

const STREAM = { width: 640, height: 360 };
const FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

let place: Place;
let runner: LanvidOptions;
let screen: Screen;
let server: Lanvid;
let address: string;

beforeAll(async () => {
  place = new Place();
  runner = runnerOf("windows-x64", place);
  // A Windows has fonts; Wine brings none that are drawn with.
  const fonts = join(place.path, "wine/drive_c/windows/Fonts");
  mkdirSync(fonts, { recursive: true });
  copyFileSync(FONT, join(fonts, "DejaVuSans.ttf"));
  screen = await Screen.open({ isManaged: true });
  server = new Lanvid(["serve", "test", "--size", "640x360", "--codec", "mjpeg", "--port", "0", "--http", "off"]);
  address = `127.0.0.1:${(await server.event("ready"))["port"]}`;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  Bun.spawnSync(["wineserver", "-k"], { env: { ...process.env, ...runner.env } });
  await screen[Symbol.asyncDispose]();
  place[Symbol.dispose]();
});

/** Windows' own frame around the picture, where no window manager draws one. */
const FRAME = { left: 4, top: 23 };

/** A watching Windows program, and its window. */
async function watch(cwd = place.path, on = screen): Promise<{ readonly viewer: Lanvid; readonly window: string }> {
  const env = { ...runner.env, ...on.environment };
  const viewer = new Lanvid(["watch", address, "--view", "window"], { ...runner, env, cwd });
  await viewer.eventWhere(({ state }) => state === "live", 60_000);
  const window = await waitFor("a window", () => {
    const id = on.xdo("search", "--onlyvisible", "--name", "lanvid$").text.split("\n").at(-1);
    return id === "" ? null : id;
  });
  if (on === screen) {
    await on.sees(window, STREAM);
  }
  return { viewer, window };
}

async function press(window: string, key: string): Promise<void> {
  await waitFor("the window to have the keyboard", () => {
    screen.xdo("windowactivate", window);
    return screen.xdo("getactivewindow").text === window;
  });
  screen.xdo("key", key);
}

test("the picture is live in every size and on the whole screen, with the figures over it; q quits", async () => {
  const { viewer, window } = await watch();
  await using _viewer = viewer;

  await screen.lightnessBecomes(window, 6, 62, (lightness) => lightness > 200);
  await press(window, "i");
  await screen.lightnessBecomes(window, 6, 62, (lightness) => lightness < 120);
  await press(window, "i");
  await screen.lightnessBecomes(window, 6, 62, (lightness) => lightness > 200);

  screen.xdo("windowsize", window, "700", "700");
  await screen.becomes(window, ({ width, height }) => width === 700 && height === 700);
  await screen.sees(window, STREAM, (strip) => stripAgeMs(strip) < 1000);
  await press(window, "f");
  await screen.becomes(window, ({ height }) => height >= SCREEN.height);
  await screen.sees(window, STREAM, (strip) => stripAgeMs(strip) < 1000);
  await press(window, "f");
  await screen.becomes(window, ({ width }) => width === 700);

  await press(window, "q");
  expect(await viewer.event("end")).toMatchObject({ reason: "quit", code: 0 });
});

test("space freezes, s saves what is seen among the person's pictures, and closing the window ends it", async () => {
  const { viewer, window } = await watch();
  await using _viewer = viewer;

  await press(window, "space");
  await waitFor("the title to say so", () => screen.title(window).includes("frozen"));
  const frozen = await screen.sees(window, STREAM);
  await press(window, "s");
  const path = await waitFor("it to be said", () => /saved (.*\.jpg)/.exec(viewer.stderr)?.[1]);
  const still = await screen.sees(window, STREAM);
  await press(window, "alt+F4");

  expect(path).toMatch(/\\Pictures\\[^\\]* \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.jpg$/);
  expect(jpegSize(readFileSync(join(place.path, "wine/drive_c", path.slice(2).replaceAll("\\", "/"))))).toEqual(STREAM);
  expect(still.counter).toBe(frozen.counter);
  expect(await viewer.event("end")).toMatchObject({ reason: "quit", code: 0 });
});

test("Esc goes back one step, a double click fills the screen, and the pointer is hidden while it rests", async () => {
  const { viewer, window } = await watch();
  await using _viewer = viewer;
  const isFull = ({ height }: { readonly height: number }) => height >= SCREEN.height;
  const twice = ["click", "--repeat", "2", "--delay", "100", "1"];

  screen.xdo("mousemove", "--window", window, "200", "100", ...twice);
  await screen.becomes(window, isFull);
  await press(window, "question");
  await screen.hasKeyList(window);
  await press(window, "Escape");
  await screen.hasKeyList(window, false);
  screen.xdo("mousemove", "--window", window, "210", "100");
  await waitFor("the pointer to go", async () => !(await screen.isPointerSeen()));
  screen.xdo("mousemove", "--window", window, "220", "100");
  await waitFor("the pointer to be back", () => screen.isPointerSeen());
  await press(window, "Escape");
  await screen.becomes(window, (area) => !isFull(area));
  await press(window, "Escape");

  expect(await viewer.event("end")).toMatchObject({ reason: "quit", code: 0 });
});

test("while the title bar is dragged, the picture goes on", async () => {
  // Wine without a window manager: then it is Windows itself that drags, in a loop of its own.
  const [wine = ""] = runner.within ?? [];
  const key = "HKCU\\Software\\Wine\\X11 Driver";
  Bun.spawnSync([wine, "reg", "add", key, "/v", "Managed", "/d", "N", "/f"], {
    env: { ...process.env, ...runner.env },
    stdin: "ignore",
  });
  await using bare = await Screen.open();
  const { viewer, window } = await watch(place.path, bare);
  await using _viewer = viewer;
  const outer = (await bare.area(window)) ?? { x: 0, y: 0 };
  const [x, y] = [outer.x + 200, outer.y + FRAME.top / 2];

  bare.xdo("mousemove", String(x), String(y), "mousedown", "1");
  let moved = 0;
  for (let step = 1; moved < 60 && step < 1000; step++) {
    bare.xdo("mousemove", String(x + 80 + (step % 40)), String(y + 40 + (step % 40)));
    moved = ((await bare.area(window))?.x ?? 0) - outer.x;
  }
  const before = Number(viewer.events.at(-1)?.["frames"] ?? 0);
  const during = await viewer.eventWhere(({ frames }) => Number(frames) > before + 45);
  const age = await waitForAge(bare, window);
  bare.xdo("mouseup", "1");

  expect(moved).toBeGreaterThanOrEqual(60);
  expect(during["gapMs"]).toBeLessThan(1000);
  expect(age).toBeLessThan(1000);
});

/** Of the first strip that can be read inside the frame, ms. */
async function waitForAge(on: Screen, window: string): Promise<number> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const { x, y } = (await on.area(window)) ?? { x: 0, y: 0 };
    const strip = readStrip(await on.picture(), STREAM.width, { x: x + FRAME.left, y: y + FRAME.top, ...STREAM });
    if (strip !== null) {
      return stripAgeMs(strip);
    }
    if (performance.now() > deadline) {
      throw new Error("no strip can be read");
    }
  }
}
