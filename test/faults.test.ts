import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentile } from "../src/units.ts";
import { becomesTrue, launchChromium } from "./support/chromium.ts";
import { FormViewer } from "./support/form-viewer.ts";
import { FrameTap } from "./support/frame-tap.ts";
import { Lanvid } from "./support/lanvid.ts";
import { capturingFfmpegOf, childrenOf, ffmpegOf, isRunning, stateOf } from "./support/processes.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { type Claim, timed } from "./support/timed.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

const TIMES = 5;
const SMALL = ["serve", "test", "--size", "640x360"];
/** stall-watch.ts: no frame for this long is a stall. */
const STALL_MS = 2000;

/** A folder for the temporary files of the servers under test: nothing may stay in it. */
function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), "lanvid-faults-"));
  return {
    env: { TMPDIR: path },
    left: () => readdirSync(path),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

function say(what: string, times: readonly number[]): void {
  const [median, worst] = [percentile(times, 0.5), percentile(times, 1)].map((ms) => Math.round(ms ?? Number.NaN));
  console.log(`${what}: pictures again after ${median} ms (median), ${worst} ms (longest of ${times.length})`);
}

/** How long it took until there was a picture again: programs start for it. */
function backWithin(atMost: number, times: readonly number[]): Claim[] {
  return times.map((ms) => ({ what: "until there was a picture again", ms, atMost, isWork: true }));
}

/**
 * Has something go wrong some times, each judged by itself.
 * @param times gets how long it took each time, ms
 */
async function eachBackWithin(
  atMost: number,
  times: number[],
  goWrong: () => Promise<number>,
  pids?: readonly number[],
): Promise<void> {
  for (let count = 0; count < TIMES; count++) {
    await timed(async () => {
      times[count] = await goWrong();
      return backWithin(atMost, [times[count] as number]);
    }, pids);
  }
}

async function goneAll(pids: Iterable<number>): Promise<void> {
  for (const pid of pids) {
    await waitFor(`process ${pid} to be gone`, () => !isRunning(pid));
  }
}

/** A stream, and a viewer that asks for this form of it: the last is made of the first by a second ffmpeg. */
const FORMS = [
  { form: "JPEG", codec: "mjpeg", asked: "mjpeg" },
  { form: "H.264", codec: "h264", asked: "h264" },
  { form: "JPEG made of H.264", codec: "h264", asked: "mjpeg" },
] as const;

// Servers at the same time: what is waited for is mostly time itself.
describe.concurrent.each(FORMS)("$form", ({ form, codec, asked }) => {
  const serve = [...SMALL, "--codec", codec, "--http", "off"];

  test("viewers see pictures again within 2 s after each of some kills of ffmpeg", async () => {
    using folder = temporaryFolder();
    const seen = new Set<number>();
    const times: number[] = [];
    {
      await using server = new Lanvid([...serve, "--port", "0"], { env: folder.env });
      const { port } = await server.event("ready");
      using viewer = await FormViewer.connect(Number(port), [asked]);
      let ffmpeg: number | undefined;
      const kill = async () => {
        ffmpeg = await capturingFfmpegOf(server.child.pid, ffmpeg);
        seen.add(ffmpeg);
        await viewer.more(5);
        const killedAt = performance.now();
        process.kill(ffmpeg, "SIGKILL");
        await capturingFfmpegOf(server.child.pid, ffmpeg);
        await viewer.more(1);
        return performance.now() - killedAt;
      };
      await eachBackWithin(2000, times, kill, [server.child.pid]);
      // Each was told once, and nothing else.
      expect(server.stderr).toContain("lanvid: warning: ffmpeg ended with signal SIGKILL");
      expect(server.stderr.match(/^(?!lanvid: (warning|hint): ).+$/gm)).toEqual([
        expect.stringMatching(/^viewer joined: .+ \(127\.0\.0\.1, lanvid\), 1 now$/),
      ]);
      expect(viewer.end).toBe(null);
    }

    say(`${form}: ffmpeg killed`, times);
    expect(times).toHaveLength(TIMES);
    await goneAll(seen);
    expect(folder.left()).toEqual([]);
  });

  test("viewers see pictures again within 2 s after each of some stalls of ffmpeg was noticed", async () => {
    using folder = temporaryFolder();
    const seen = new Set<number>();
    const times: number[] = [];
    {
      await using server = new Lanvid([...serve, "--port", "0"], { env: folder.env });
      const { port } = await server.event("ready");
      using viewer = await FormViewer.connect(Number(port), [asked]);
      const stop = async () => {
        const ffmpeg = await capturingFfmpegOf(server.child.pid);
        seen.add(ffmpeg);
        await viewer.more(5);
        const stoppedAt = performance.now();
        process.kill(ffmpeg, "SIGSTOP");
        await capturingFfmpegOf(server.child.pid, ffmpeg);
        await viewer.more(1);
        return performance.now() - stoppedAt - STALL_MS;
      };
      await eachBackWithin(2000, times, stop, [server.child.pid]);
      expect(viewer.end).toBe(null);
    }

    say(`${form}: ffmpeg stopped, after the 2 s in which it is noticed`, times);
    expect(times).toHaveLength(TIMES);
    // A picture that was on its way when ffmpeg stopped may start the 2 s a little later.
    expect(Math.min(...times)).toBeGreaterThan(-150);
    await goneAll(seen);
    expect(folder.left()).toEqual([]);
  });

  test("an ffmpeg that gets a quarter of its time is slow, not stalled: fewer pictures, and none old", async () => {
    await using server = new Lanvid([...serve, "--port", "0"]);
    const { port } = await server.event("ready");
    using viewer = await FormViewer.connect(Number(port), [asked]);
    const ffmpeg = await capturingFfmpegOf(server.child.pid);
    await viewer.more(30);
    await timed(async () => {
      viewer.forget();
      const before = viewer.frames;
      const beganAt = performance.now();
      for (let count = 0; count < 20; count++) {
        process.kill(ffmpeg, "SIGSTOP");
        await Bun.sleep(150);
        process.kill(ffmpeg, "SIGCONT");
        await Bun.sleep(50);
      }
      const frames = viewer.frames - before;
      const perSecond = (1000 * frames) / (performance.now() - beganAt);
      // Beside others it stands still for less of the time.
      expect(perSecond).toBeLessThan(28);
      return [
        { what: "frames", perSecond, atLeast: 2, inTimeMs: 250 },
        // While it stands still, the picture in it grows old: by so much, and what the rest takes.
        { what: "the oldest picture", ms: viewer.oldestMs, atMost: 150 + 350 },
      ];
    }, [server.child.pid]);

    expect(await capturingFfmpegOf(server.child.pid)).toBe(ffmpeg);
    expect(server.stderr).not.toContain("warning");
  });
});

test("an ffmpeg that makes JPEG of H.264 and is killed is replaced, and others notice nothing", async () => {
  await using server = new Lanvid([...SMALL, "--codec", "h264", "--port", "0", "--http", "off"]);
  const { port } = await server.event("ready");
  using film = await FormViewer.connect(Number(port), ["h264"]);
  const capturing = await capturingFfmpegOf(server.child.pid);
  using pictures = await FormViewer.connect(Number(port), ["mjpeg"]);
  await pictures.more(30);

  await timed(async () => {
    film.forget();
    const times: number[] = [];
    for (let count = 0; count < 3; count++) {
      const [making] = childrenOf(server.child.pid, "ffmpeg").filter((pid) => pid !== capturing);
      const killedAt = performance.now();
      process.kill(making as number, "SIGKILL");
      await waitFor("another ffmpeg", () =>
        childrenOf(server.child.pid, "ffmpeg").some((pid) => pid !== capturing && pid !== making),
      );
      await pictures.more(1);
      times.push(performance.now() - killedAt);
      await pictures.more(5);
    }
    say("ffmpeg killed that makes JPEG of H.264", times);
    return [...backWithin(3000, times), { what: "others without a picture", ms: film.longestGapMs, atMost: 1000 }];
  });

  expect([film.end, pictures.end]).toEqual([null, null]);
  expect(server.stderr).toContain("lanvid: warning: no JPEG pictures: ");
});

test("viewers see pictures again within 3 s after each of some restarts of a killed server", async () => {
  using folder = temporaryFolder();
  const serve = [...SMALL, "--codec", "mjpeg", "--http", "off"];
  const seen = new Set<number>();
  const times: number[] = [];
  let server = new Lanvid([...serve, "--port", "0"], { env: folder.env });
  const { port } = await server.event("ready");
  {
    await using viewer = new FrameTap(port);
    await eachBackWithin(3000, times, async () => {
      const ffmpeg = await ffmpegOf(server.child.pid);
      seen.add(ffmpeg);
      await viewer.more(5);
      server.kill("SIGKILL");
      await server.exited();
      const restartedAt = performance.now();
      server = new Lanvid([...serve, "--port", String(port)], { env: folder.env });
      await viewer.more(1);
      return performance.now() - restartedAt;
    });
    await server[Symbol.asyncDispose]();
  }

  say("server killed", times);
  expect(times).toHaveLength(TIMES);
  await goneAll(seen);
  expect(folder.left()).toEqual([]);
});

test("a viewer of the page stays connected through a stall, and reads why there is no picture", async () => {
  await using server = new Lanvid([...SMALL, "--codec", "mjpeg", "--port", "0", "--http", "0"]);
  const { http } = await server.event("ready");
  const browser = await launchChromium();
  await using _closing = { [Symbol.asyncDispose]: () => browser.close() };
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${http}/`);
  await becomesTrue(page, `document.documentElement.dataset.state === "live"`);
  await page.evaluate(`
    window.states = [];
    new MutationObserver(() => states.push(document.documentElement.dataset.state))
      .observe(document.documentElement, { attributeFilter: ["data-state"] });
    window.texts = [];
    new MutationObserver(() => texts.push(document.getElementById("message-text").textContent))
      .observe(document.getElementById("message-text"), { childList: true });
  `);

  process.kill(await ffmpegOf(server.child.pid), "SIGSTOP");
  await becomesTrue(page, `states.at(-1) === "waiting"`);
  await becomesTrue(page, `states.at(-1) === "live"`);

  expect(await page.evaluate<string[]>("states")).not.toContain("reconnecting");
  expect((await page.evaluate<string[]>("texts")).join()).toContain("The test pattern gave no picture for 2 s.");
  const { source } = (await (await fetch(`http://127.0.0.1:${http}/state`)).json()) as { source: object };
  expect(source).toMatchObject({ state: "live", restarts: 1, error: null });
});

test("a page whose server stands still says so within 5 s, and is live again within 3 s after it goes on", async () => {
  await using server = new Lanvid([...SMALL, "--codec", "mjpeg", "--port", "0", "--http", "0"]);
  const { http } = await server.event("ready");
  const browser = await launchChromium();
  await using _closing = { [Symbol.asyncDispose]: () => browser.close() };
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${http}/`);
  await becomesTrue(page, `document.documentElement.dataset.state === "live"`);

  await timed(async () => {
    const stoppedAt = performance.now();
    server.kill("SIGSTOP");
    await becomesTrue(page, `document.documentElement.dataset.state === "reconnecting"`);
    const saidMs = performance.now() - stoppedAt;
    const said = await page.evaluate<string>(`document.getElementById("message").innerText`);
    const resumedAt = performance.now();
    server.kill("SIGCONT");
    await becomesTrue(page, `document.documentElement.dataset.state === "live"`);
    const backMs = performance.now() - resumedAt;

    console.log(
      `page, server stopped: said after ${Math.round(saidMs)} ms, live ${Math.round(backMs)} ms after it went on`,
    );
    expect(said).toContain("No connection");
    expect(said).toContain("Trying again …");
    return [{ what: "until the page says so", ms: saidMs, atMost: 6000, isWork: true }, ...backWithin(3000, [backMs])];
  });
});

test("an ffmpeg that stands still goes with its lanvid when that is killed", async () => {
  await using server = new Lanvid([...SMALL, "--codec", "mjpeg", "--port", "0", "--http", "off", "--always-on"]);
  const ffmpeg = await ffmpegOf(server.child.pid);
  process.kill(ffmpeg, "SIGSTOP");
  await waitFor("ffmpeg to stand still", () => stateOf(ffmpeg) === "T");

  server.kill("SIGKILL");
  await server.exited();

  await waitFor("ffmpeg to be gone", () => !isRunning(ffmpeg));
});

test("an ffmpeg that stands still does not keep its lanvid from ending", async () => {
  await timed(async () => {
    await using server = new Lanvid([...SMALL, "--codec", "mjpeg", "--port", "0", "--http", "off", "--always-on"]);
    const ffmpeg = await ffmpegOf(server.child.pid);
    process.kill(ffmpeg, "SIGSTOP");
    await waitFor("ffmpeg to stand still", () => stateOf(ffmpeg) === "T");

    const askedAt = performance.now();
    server.kill("SIGTERM");
    expect(await server.exited()).toBe(0);
    expect(isRunning(ffmpeg)).toBe(false);
    return [{ what: "until it has ended", ms: performance.now() - askedAt, atMost: 2000, isWork: true }];
  });
});

test("nothing is left of a lanvid that is ended while it waits to start ffmpeg again", async () => {
  await using server = new Lanvid([...SMALL, "--codec", "mjpeg", "--port", "0", "--http", "off", "--always-on"]);
  const ffmpeg = await ffmpegOf(server.child.pid);

  process.kill(ffmpeg, "SIGKILL");
  await waitFor("the pause before the next try", () => childrenOf(server.child.pid, "ffmpeg").length === 0);
  server.kill("SIGTERM");

  expect(await server.exited()).toBe(0);
  expect(server.events.at(-1)).toMatchObject({ event: "end", reason: "signal", code: 0 });
});
