/** The window as a person uses it: keys, the mouse, and what stands over the picture. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Lanvid } from "./support/lanvid.ts";
import { PythonPeer } from "./support/python-peer.ts";
import { waitFor } from "./support/wait.ts";
import { SCREEN, Screen } from "./support/window-screen.ts";

setDefaultTimeout(60_000);

const STREAM = { width: 640, height: 360 };
const SERVE = ["serve", "test", "--size", "640x360", "--codec", "mjpeg", "--port", "0", "--http", "off"];

let screen: Screen;
let server: Lanvid;
let address: string;

beforeAll(async () => {
  screen = await Screen.open({ isManaged: true });
  server = new Lanvid([...SERVE, "--name", "Küche – Süd"]);
  address = `127.0.0.1:${(await server.event("ready"))["port"]}`;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await screen[Symbol.asyncDispose]();
});

/** A watching lanvid and its window, which shows pictures and has the keyboard. */
async function open(...args: readonly string[]): Promise<{ readonly viewer: Lanvid; readonly window: string }> {
  const viewer = new Lanvid(["watch", address, "--view", "window", ...args], { env: screen.environment });
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);
  await focus(window);
  return { viewer, window };
}

async function focus(window: string): Promise<void> {
  await waitFor("the window to have the keyboard", () => {
    screen.xdo("windowactivate", window);
    return screen.xdo("getactivewindow").text === window;
  });
}

const fills = ({ height }: { readonly height: number }) => height === SCREEN.height;

/** Settles when the figures stand in the upper left corner of the pattern, or do not. */
async function hasFigures(window: string, isThere = true): Promise<void> {
  const isFull = fills((await screen.area(window)) ?? STREAM);
  // Letters in the black bar above the picture; or the ground over the pattern's white bar.
  const [x, y] = isFull ? [16, 27] : [6, 62];
  const isBright = isFull === isThere;
  await screen.lightnessBecomes(window, x, y, (lightness) => (isBright ? lightness > 200 : lightness < 120));
}

/** So many pictures have come since. */
async function goesOn(viewer: Lanvid, count = 10): Promise<void> {
  const before = Number(viewer.events.at(-1)?.["frames"] ?? 0);
  await viewer.eventWhere(({ frames }) => Number(frames) > before + count);
}

test("Esc goes back one step at a time: the list of keys, the figures, full screen; then it ends", async () => {
  const { viewer, window } = await open();
  await using _viewer = viewer;

  screen.xdo("key", "f");
  await screen.becomes(window, fills);
  screen.xdo("key", "i");
  await hasFigures(window);
  screen.xdo("key", "question");
  await screen.hasKeyList(window);
  screen.xdo("key", "Escape");
  await screen.hasKeyList(window, false);
  await hasFigures(window);
  screen.xdo("key", "Escape");
  await hasFigures(window, false);
  screen.xdo("key", "Escape");
  await screen.becomes(window, (area) => !fills(area));
  await goesOn(viewer);
  await screen.showsLive(window, STREAM);
  screen.xdo("key", "Escape");

  expect(await viewer.event("end")).toMatchObject({ reason: "quit", code: 0 });
});

test("Esc leaves a full screen that the window manager has made", async () => {
  const { viewer, window } = await open();
  await using _viewer = viewer;

  await screen.fillByManager(window);
  await screen.becomes(window, fills);
  // What the manager says of it comes a little later than the size.
  await waitFor("the manager to say so", () => screen.property(window, "_NET_WM_STATE").includes("FULLSCREEN"));
  await goesOn(viewer);
  screen.xdo("key", "Escape");
  await screen.becomes(window, (area) => !fills(area));
  await goesOn(viewer);
});

test("Enter ends nothing where no classic program sends", async () => {
  const { viewer, window } = await open();
  await using _viewer = viewer;

  screen.xdo("key", "Return");
  screen.xdo("key", "KP_Enter");
  screen.xdo("key", "i");
  await hasFigures(window);
  await goesOn(viewer);
});

test("h and F1 list the keys too", async () => {
  const { viewer, window } = await open();
  await using _viewer = viewer;

  for (const key of ["h", "F1"]) {
    screen.xdo("key", key);
    await screen.hasKeyList(window);
    screen.xdo("key", key);
    await screen.hasKeyList(window, false);
  }
});

test("a double click fills the screen, and another one leaves it", async () => {
  const { viewer, window } = await open();
  await using _viewer = viewer;
  const click = (...more: readonly string[]) =>
    screen.xdo("mousemove", "--window", window, "200", "100", "click", "1", ...more);

  click("sleep", "0.6", "click", "1");
  await goesOn(viewer);
  expect(await screen.area(window)).toMatchObject(STREAM);
  screen.xdo("sleep", "0.6");
  click("click", "1");
  await screen.becomes(window, fills);
  screen.xdo("sleep", "0.6");
  click("click", "1");
  await screen.becomes(window, (area) => !fills(area));
});

test("the pointer is hidden while it rests over the picture, and seen when it moves", async () => {
  const { viewer, window } = await open();
  await using _viewer = viewer;

  screen.xdo("mousemove", "--window", window, "200", "100");
  const before = await screen.isPointerSeen();
  await waitFor("the pointer to go", async () => !(await screen.isPointerSeen()));
  screen.xdo("mousemove", "--window", window, "220", "100");

  expect(before).toBe(true);
  await waitFor("the pointer to be back", () => screen.isPointerSeen());
});

describe("a frozen picture", () => {
  test("says so in full screen, with the figures on, and beside the list of keys", async () => {
    const { viewer, window } = await open();
    await using _viewer = viewer;

    await screen.hasAlert(window, false);
    screen.xdo("key", "f");
    await screen.becomes(window, fills);
    screen.xdo("key", "space");
    await screen.hasAlert(window);
    screen.xdo("key", "i");
    await hasFigures(window);
    await screen.hasAlert(window);
    screen.xdo("key", "question");
    await screen.hasKeyList(window);
    await screen.hasAlert(window);
    screen.xdo("key", "Escape", "Escape", "space");
    await screen.hasAlert(window, false);
    await screen.showsLive(window, STREAM);
  });

  test("is no fault of the stream: what comes meanwhile is live", async () => {
    const { viewer, window } = await open();
    await using _viewer = viewer;

    screen.xdo("key", "space");
    await screen.hasAlert(window);
    const { time } = await viewer.eventWhere(({ event }) => event === "stats");
    await viewer.eventWhere((event) => event.event === "stats" && event.time > time + 2000);

    expect(viewer.events.filter(({ state }) => state === "stale")).toEqual([]);
    expect(screen.title(window)).toContain("frozen");
  });
});

test("a sender that stops, and keeps the connection: the words come up, the picture stays, and both go on", async () => {
  await using own = new Lanvid(SERVE);
  const where = `127.0.0.1:${(await own.event("ready"))["port"]}`;
  await using viewer = new Lanvid(["watch", where, "--view", "window"], { env: screen.environment });
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);

  own.kill("SIGSTOP");
  await screen.hasAlert(window);
  const title = screen.title(window);
  // As bright as it was: the pattern's white bar.
  await screen.lightnessBecomes(window, 6, 62, (lightness) => lightness > 200);
  own.kill("SIGCONT");

  await screen.hasAlert(window, false);
  await screen.showsLive(window, STREAM);
  expect(title).toMatch(/ · no new picture for \d s – lanvid$/);
});

test("desktops of every age are told the name, and given an icon and the least size", async () => {
  const { viewer, window } = await open();
  await using _viewer = viewer;
  await waitFor("the delay", () => / \d+ ms – lanvid$/.test(screen.title(window)));

  const [name, old] = [screen.property(window, "_NET_WM_NAME"), screen.property(window, "WM_NAME")];
  const icon = screen.property(window, "_NET_WM_ICON");

  expect(name).toMatch(/"Küche – Süd · \d+ ms – lanvid"/);
  expect(old).toMatch(/^WM_NAME\(STRING\) = "Küche - Süd · \d+ ms - lanvid"/);
  expect(icon).toContain("Icon (16 x 16)");
  expect(icon).toContain("Icon (128 x 128)");
  expect(screen.property(window, "WM_NORMAL_HINTS")).toContain("minimum size: 160 by 90");
});

test("Enter ends it where a classic program sends", async () => {
  await using viewer = new Lanvid(["receive", "--port", "0", "--view", "window"], { env: screen.environment });
  const { port } = await viewer.event("ready");
  await using _sender = new PythonPeer("sender", ["dial", "--port", String(port)]);
  const window = await screen.window(viewer);
  await viewer.eventWhere(({ state }) => state === "live");
  await focus(window);

  screen.xdo("key", "Return");

  expect(await viewer.event("end")).toMatchObject({ reason: "quit", code: 0 });
});
