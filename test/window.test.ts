// Parts: xauth
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { jpegSize } from "../src/media.ts";
import { Lanvid, type LanvidOptions } from "./support/lanvid.ts";
import { decodePicture, readStrip, stripAgeMs } from "./support/picture.ts";
import { Folder } from "./support/stand-in.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { timed } from "./support/timed.ts";
import { waitFor } from "./support/wait.ts";
import { SCREEN, Screen, sharedSegments } from "./support/window-screen.ts";

setDefaultTimeout(180_000);
standsAlone();

const STREAM = { width: 640, height: 360 };
const SERVE = ["serve", "test", "--size", "640x360", "--port", "0", "--http", "off"];

let screen: Screen;
let server: Lanvid;
let address: string;

beforeAll(async () => {
  screen = await Screen.open({ isManaged: true });
  server = new Lanvid([...SERVE, "--codec", "mjpeg", "--name", "Front door"]);
  address = `127.0.0.1:${(await server.event("ready"))["port"]}`;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await screen[Symbol.asyncDispose]();
});

function watch(on: Screen = screen, options: LanvidOptions = {}): Lanvid {
  return new Lanvid(["watch", address, "--view", "window"], { ...options, env: { ...on.environment, ...options.env } });
}

async function press(window: string, key: string): Promise<void> {
  await waitFor("the window to have the keyboard", () => {
    screen.xdo("windowactivate", window);
    return screen.xdo("getactivewindow").text === window;
  });
  screen.xdo("key", key);
}

test("the live pattern is shown in its own size, letterboxed in another, and on the whole screen", async () => {
  await timed(async () => {
    await using first = watch();
    const window = await screen.window(first);
    const ms = stripAgeMs(await screen.sees(window, STREAM));
    expect(await screen.area(window)).toMatchObject(STREAM);
    return [{ what: "the first picture", ms, atMost: 500, isWork: true }];
  });
  await using viewer = watch();
  const window = await screen.window(viewer);

  for (const [width, height] of [
    [700, 700],
    [900, 300],
    [520, 293],
  ] as const) {
    screen.xdo("windowsize", window, String(width), String(height));
    await screen.becomes(window, (now) => now.width === width && now.height === height);
    await screen.showsLive(window, STREAM);
  }

  await press(window, "f");
  await screen.becomes(window, ({ height }) => height === SCREEN.height);
  await screen.showsLive(window, STREAM);
  await press(window, "f");
  await screen.becomes(window, ({ width }) => width === 520);
  await screen.sees(window, STREAM);
});

describe.each([
  ["q", "q"],
  ["Esc", "Escape"],
  ["the window's button", "alt+F4"],
])("%s", (_name, key) => {
  test("ends it with exit code 0, and leaves no memory behind", async () => {
    await using viewer = watch();
    const window = await screen.window(viewer);
    await screen.sees(window, STREAM);
    const during = await sharedSegments(viewer);

    await press(window, key);
    const end = await viewer.event("end");

    expect(end).toMatchObject({ reason: "quit", code: 0 });
    expect(await viewer.exited()).toBe(0);
    expect(during).toHaveLength(1);
    expect(await sharedSegments(viewer)).toEqual([]);
  });
});

test("space freezes the picture, and lets it go on", async () => {
  await using viewer = watch();
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);

  await press(window, "space");
  await waitFor("the title to say so", () => screen.title(window).includes("frozen"));
  const frozen = await screen.sees(window, STREAM);
  const before = Number(viewer.events.at(-1)?.["frames"] ?? 0);
  await viewer.eventWhere(({ frames }) => Number(frames) > before + 30);
  const still = await screen.sees(window, STREAM);
  await press(window, "space");
  await screen.sees(window, STREAM, ({ counter }) => counter !== frozen.counter);
  await screen.showsLive(window, STREAM);

  expect(still).toEqual(frozen);
});

test("s saves the JPEG as it was received among the person's pictures, and says where", async () => {
  using folder = new Folder();
  const pictures = join(folder.path, "Meine Bilder");
  mkdirSync(pictures);
  folder.write("user-dirs.dirs", 'XDG_PICTURES_DIR="$HOME/Meine Bilder"\n');
  const env = { HOME: folder.path, XDG_CONFIG_HOME: folder.path };
  await using viewer = watch(screen, { env });
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);

  await press(window, "space");
  await waitFor("the title to say so", () => screen.title(window).includes("frozen"));
  const seen = await screen.sees(window, STREAM);
  await press(window, "s");
  const name = await waitFor("a file", () => readdirSync(pictures).find((one) => one.endsWith(".jpg")));
  const path = join(pictures, name);
  await waitFor("it to be said", () => viewer.stderr.includes(`saved ${path}`));
  const bytes = readFileSync(path);

  expect(name).toMatch(/^Front door \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.jpg$/);
  expect(jpegSize(bytes)).toEqual(STREAM);
  expect(readStrip(await decodePicture(bytes))).toEqual(seen);
});

test("i shows and hides the figures", async () => {
  await using viewer = watch();
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);
  // The pattern's white bar.
  const [x, y] = [6, 62];
  await screen.lightnessBecomes(window, x, y, (lightness) => lightness > 200);

  await press(window, "i");
  await screen.lightnessBecomes(window, x, y, (lightness) => lightness < 120);
  await press(window, "i");
  await screen.lightnessBecomes(window, x, y, (lightness) => lightness > 200);
});

test("the title carries the name and the delay, which is the one that is seen", async () => {
  await using viewer = watch();
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);

  const title = await waitFor(
    "the delay",
    () => / · \d+ ms – lanvid$/.test(screen.title(window)) && screen.title(window),
  );
  expect(title.startsWith("lanvid")).toBe(false);
  await timed(async () => {
    const ages: number[] = [];
    let last = -1;
    while (ages.length < 20) {
      const strip = await screen.sees(window, STREAM, ({ counter }) => counter !== last);
      last = strip.counter;
      ages.push(stripAgeMs(strip));
    }
    const said = await waitFor("the delay that is said", () =>
      viewer.events.findLast(({ event }) => event === "stats"),
    );
    const { p50 } = said["delayMs"] as { p50: number };
    // What is seen was read from the screen, which takes a while itself.
    return [
      { what: "what is seen is older than what is said, by", ms: Math.min(...ages) - p50, atMost: 40 },
      { what: "what is said is older than what is seen, by", ms: p50 - Math.min(...ages), atMost: 20 },
    ];
  });
});

test("H.264 is shown too, and its snapshot is a JPEG", async () => {
  using folder = new Folder();
  await using source = new Lanvid([...SERVE, "--codec", "h264"]);
  const { port } = await source.event("ready");
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "window"], {
    // Without a folder for pictures, it is saved in the current one.
    env: { ...screen.environment, HOME: folder.path, XDG_CONFIG_HOME: undefined },
    cwd: folder.path,
  });
  const window = await screen.window(viewer);
  await screen.showsLive(window, STREAM);
  await press(window, "s");
  const name = await waitFor("a file", () => readdirSync(folder.path).find((one) => one.endsWith(".jpg")));
  await waitFor("it to be said", () => viewer.stderr.includes(name));
  const stats = await viewer.eventWhere(({ event, state }) => event === "stats" && state === "live");

  expect(stats["codec"]).toBe("h264");
  expect(readStrip(await decodePicture(readFileSync(join(folder.path, name))))).not.toBeNull();
});

test("serve --preview shows the sender's own picture, and its q ends the server", async () => {
  await using own = new Lanvid([...SERVE, "--preview", "--name", "my picture"], { env: screen.environment });
  const window = await screen.window(own);

  await screen.showsLive(window, STREAM);
  await press(window, "q");
  const end = await own.event("end");

  expect(end).toMatchObject({ reason: "quit", code: 0 });
});

test("without MIT-SHM pictures go over the socket", async () => {
  await using bare = await Screen.open({ args: ["-extension", "MIT-SHM"] });
  await using viewer = watch(bare);
  const window = await bare.window(viewer);

  await bare.showsLive(window, STREAM);

  expect(await sharedSegments(viewer)).toEqual([]);
});

test("a display on TCP with a cookie is reached, and one without the cookie says so", async () => {
  using folder = new Folder();
  const file = folder.write("authority", "");
  const cookie = "0123456789abcdef0123456789abcdef";
  // Xvfb must know the cookie before it starts, and finds its own number: any display counts.
  Bun.spawnSync(["xauth", "-f", file, "add", ":0", "MIT-MAGIC-COOKIE-1", cookie]);
  const bytes = readFileSync(file);
  expect(bytes.length).toBeGreaterThan(30);

  const port = Bun.spawn(["Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24", "-listen", "tcp", "-auth", file], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const { value } = await port.stdout.getReader().read();
  const number = new TextDecoder().decode(value).trim();
  try {
    const own = folder.write("own", "");
    Bun.spawnSync(["xauth", "-f", own, "add", `:${number}`, "MIT-MAGIC-COOKIE-1", cookie]);
    const env = { DISPLAY: `127.0.0.1:${number}`, XAUTHORITY: own };
    await using viewer = new Lanvid(["watch", address, "--view", "window"], { env });
    await viewer.eventWhere(({ event, delayMs }) => event === "stats" && (delayMs as { p50: unknown }).p50 !== null);
    await using stranger = new Lanvid(["watch", address, "--view", "window"], {
      env: { ...env, XAUTHORITY: "/nonexistent" },
    });

    expect(await stranger.exited()).toBe(9);
    expect(stranger.stderr).toContain(`the X display "127.0.0.1:${number}" can't be reached`);
  } finally {
    port.kill();
    await port.exited;
  }
});

test("where there is no display, --view window is exit 9 with a hint", async () => {
  await using viewer = new Lanvid(["watch", address, "--view", "window"], {
    env: { DISPLAY: undefined, WAYLAND_DISPLAY: undefined },
  });

  expect(await viewer.exited()).toBe(9);
  expect(viewer.stderr).toContain("cannot open a window: DISPLAY is not set");
  expect(viewer.stderr).toContain("hint: show it in a browser");
});
