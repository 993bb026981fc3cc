import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { findFfmpeg } from "../src/ffmpeg.ts";
import { silentLog } from "../src/log.ts";
import { WindowView } from "../src/outputs/player/window-view.ts";
import { ReceptionStats } from "../src/remote.ts";
import { systemClock } from "../src/time.ts";
import { HeadlessWindow } from "../src/window/headless-window.ts";
import { stripJpeg } from "./support/picture.ts";
import { waitFor } from "./support/wait.ts";

setDefaultTimeout(60_000);

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    await cleanUp();
  }
});

async function open({ isClassic = false } = {}) {
  const stats = new ReceptionStats();
  let window: HeadlessWindow | null = null;
  let ended: string | null = null;
  const view = await WindowView.open({
    name: "desk",
    ffmpeg: findFfmpeg(undefined),
    open: (options) => {
      window = new HeadlessWindow(options);
      return window;
    },
    figures: () => stats.lastSecond(),
    onDropped: () => undefined,
    onFrozen: () => stats.frozen(),
    isClassic: () => isClassic,
    log: silentLog,
  });
  cleanUps.push(() => view.close());
  void view.ended.then((how) => {
    ended = how;
  });
  const { options } = window as unknown as HeadlessWindow;
  const press = async (...keys: string[]) => {
    for (const key of keys) {
      options.onEvent({ kind: "key", key });
      // Drawing, and the end, are told a moment later.
      await Bun.sleep(0);
    }
  };
  const texts = () => (window as unknown as HeadlessWindow).words.flatMap(({ lines }) => lines.map(({ text }) => text));
  const show = async () => {
    const bytes = stripJpeg(640, 360, Date.now(), 1);
    const shownAt = await view.show({ capturedAt: systemClock.micros(), isKey: true, bytes }, "mjpeg");
    if (shownAt !== null) {
      stats.shown(0);
    }
  };
  return {
    view,
    stats,
    window: window as unknown as HeadlessWindow,
    press,
    texts,
    show,
    hasEnded: () => ended !== null,
  };
}

test("on opening, it says for a moment which key lists the others", async () => {
  const { texts } = await open();
  await waitFor("the words", () => texts().includes("? shows the keys"));
  await waitFor("them to go", () => !texts().includes("? shows the keys"));
  expect(texts()).toEqual(["connecting to desk"]);
});

test.each(["?", "h", "F1"])("%s lists the keys, and takes the list away", async (key) => {
  const { press, texts } = await open();

  await press(key);
  const listed = texts();
  await press(key);

  expect(listed).toContain("q\tquit");
  expect(texts()).not.toContain("q\tquit");
});

test.each([
  ["ended", "the stream has ended"],
  ["reconnecting", "no connection"],
] as const)("a lost connection after which the state is %s is told so", async (state, words) => {
  const { view, stats, texts } = await open();
  view.describe({ state: "live", name: "desk" });

  stats.state = state;
  view.lost("lost 10.0.0.4; trying again");

  await waitFor("the words", () => texts().includes(words));
  expect(texts()).toContain("lost 10.0.0.4; trying again");
});

test("a picture that was still being decoded when the connection was lost does not hide that", async () => {
  const { view, show, stats, texts } = await open();
  view.describe({ state: "live", name: "desk" });
  stats.state = "reconnecting";
  view.lost("lost 10.0.0.4; trying again");

  await view.show(
    { capturedAt: systemClock.micros(), isKey: true, bytes: stripJpeg(640, 360, Date.now(), 1) },
    "mjpeg",
  );
  // What it says is brought up to date a moment later.
  await Bun.sleep(10);
  expect(texts()).toEqual(expect.arrayContaining(["no connection", "lost 10.0.0.4; trying again"]));

  view.describe({ state: "live" });
  await show();
  await waitFor("the words to go", () => !texts().includes("no connection"));
});

test("Esc ends it when there is nothing to go back from", async () => {
  const { window, press, hasEnded } = await open();
  await press("f", "i", "?");

  const steps: unknown[] = [];
  for (let count = 0; count < 4; count++) {
    await press("Escape");
    steps.push([window.isFullScreen, hasEnded()]);
  }

  expect(steps).toEqual([
    [true, false],
    [true, false],
    [false, false],
    [false, true],
  ]);
});

test("Enter ends it with a classic sender only", async () => {
  const ours = await open();
  const classic = await open({ isClassic: true });

  await ours.press("Enter");
  await classic.press("Enter");

  expect([ours.hasEnded(), classic.hasEnded()]).toEqual([false, true]);
});

test("a picture that stood still when it was frozen bears the time at which it came", async () => {
  const { press, texts, show } = await open();
  const timeNow = () => new Date().toTimeString().slice(0, 8);
  const before = timeNow();
  await show();
  const shown = timeNow();
  await waitFor("the clock to go on", () => timeNow() !== shown);

  await press(" ");

  const [words] = texts();
  expect([before, shown].map((time) => `frozen at ${time} · space goes on`)).toContain(words ?? "");
});

test("what there is not can't be frozen, and the first picture is shown", async () => {
  const { window, view, press, texts, show } = await open();
  view.describe({ state: "live", name: "attic" });

  await press(" ");
  const said = texts();
  await show();

  expect(said).toContain("there is no picture to freeze yet");
  await waitFor("the picture to be live", () => window.title === "attic · 0 ms – lanvid");
});
