/** What happens when somebody sets the clock of a machine that streams or looks on: docs/faults.md. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { systemClock } from "../src/time.ts";
import { FormViewer } from "./support/form-viewer.ts";
import { Lanvid } from "./support/lanvid.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { SteppedClock } from "./support/stepped-clock.ts";
import { type Claim, timed } from "./support/timed.ts";
import { waitFor } from "./support/wait.ts";
import { type XDisplay, xDisplay } from "./support/x-display.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

const HOUR_S = 3600;
const SIZE = { width: 640, height: 360 };
const SERVE = ["--size", "640x360", "--fps", "30", "--port", "0", "--http", "off"];
/** With a picture 30 times a second nobody sees this, ms. */
const MAX_GAP_MS = 500;
/** What comes later is left out, up to the next key frame: `--max-delay`. */
const IN_TIME_MS = 250;

function claimsOn({ gapMs, ageMs }: { readonly gapMs: number; readonly ageMs: number }): Claim[] {
  return [
    { what: "without a picture", ms: gapMs, atMost: MAX_GAP_MS, inTimeMs: IN_TIME_MS },
    { what: "a picture's age", ms: ageMs, atMost: MAX_GAP_MS, inTimeMs: IN_TIME_MS },
  ];
}

/** What a viewer gets around a step of the sender's clock. */
async function seeStep(viewer: FormViewer, clock: SteppedClock, offsetSeconds: number) {
  await viewer.more(30);
  viewer.forget();
  clock.set(offsetSeconds);
  await viewer.more(60);
  return { gapMs: viewer.longestGapMs, ageMs: viewer.oldestMs };
}

function say(what: string, figures: readonly { readonly gapMs: number; readonly ageMs: number }[]): void {
  const text = figures.map(
    ({ gapMs, ageMs }) => `${Math.round(gapMs)} ms without a picture, ${Math.round(ageMs)} ms old`,
  );
  console.log(`${what}, an hour on, an hour back: ${text.join("; ")}`);
}

describe("a server's clock that is set an hour on, and back by two", () => {
  test.each(["mjpeg", "h264"])("disturbs nobody: test pattern, %s", async (codec) => {
    using clock = new SteppedClock();
    await using server = new Lanvid(["serve", "test", "--codec", codec, ...SERVE], { env: clock.env });
    const { port } = await server.event("ready");
    using viewer = await FormViewer.connect(Number(port), [codec]);

    await timed(async () => {
      const figures = [await seeStep(viewer, clock, HOUR_S), await seeStep(viewer, clock, -HOUR_S)];
      say(`test pattern, ${codec}`, figures);
      return figures.flatMap(claimsOn);
    });
    expect(server.stderr).not.toContain("warning");
  });

  test.each(["mjpeg", "h264"])("disturbs nobody: X screen, %s", async (codec) => {
    using clock = new SteppedClock();
    await using display: XDisplay = await xDisplay(SIZE);
    await using server = new Lanvid(["serve", "screen", "--codec", codec, ...SERVE], {
      env: { ...clock.env, DISPLAY: display.name },
    });
    const { port } = await server.event("ready");
    using viewer = await FormViewer.connect(Number(port), [codec]);

    await timed(async () => {
      const figures = [await seeStep(viewer, clock, HOUR_S), await seeStep(viewer, clock, -HOUR_S)];
      say(`X screen, ${codec}`, figures);
      return figures.flatMap(claimsOn);
    });
    expect(server.stderr).not.toContain("warning");
  });
});

test("a viewer's clock that is set an hour on, and back by two, disturbs nobody", async () => {
  using clock = new SteppedClock();
  await using server = new Lanvid(["serve", "test", "--codec", "h264", ...SERVE]);
  const { port } = await server.event("ready");
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"], { env: clock.env });
  await viewer.eventWhere(({ frames }) => Number(frames) > 30);

  for (const offset of [HOUR_S, -HOUR_S]) {
    await timed(async () => {
      clock.set(offset);
      const before = viewer.events.length;
      await waitFor("two more seconds", () => viewer.events.length > before + 2);
      const seconds = viewer.events.slice(before + 1) as unknown as { gapMs: number; delayMs: { max: number } }[];
      expect(Math.min(...seconds.map(({ delayMs }) => delayMs.max))).toBeGreaterThanOrEqual(0);
      return seconds.flatMap(({ gapMs, delayMs }) => claimsOn({ gapMs, ageMs: delayMs.max }));
    });
  }
  expect(viewer.events.at(-1)).toMatchObject({ state: "live", reconnects: 0 });
  expect(viewer.stderr).not.toContain("warning");
  expect(Math.abs((viewer.events.at(-1)?.time ?? 0) + HOUR_S * 1000 - systemClock.micros() / 1000)).toBeLessThan(
    10_000,
  );
});
