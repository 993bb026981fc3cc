import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { showInFirefox } from "./support/firefox.ts";
import { foreignPage, OUTCOMES } from "./support/foreign-page.ts";
import { Lanvid } from "./support/lanvid.ts";
import { ScreenStrip } from "./support/screen-strip.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { timed } from "./support/timed.ts";
import { waitFor } from "./support/wait.ts";
import { xDisplay } from "./support/x-display.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

const SIZE = { width: 640, height: 360 };
/** Firefox takes long to begin, more so beside others. */
const START_MS = 60_000;
let lanvid: Lanvid;
let url: string;

beforeAll(async () => {
  lanvid = new Lanvid("serve test --codec h264 --size 640x360 --port 0 --http 0".split(" "));
  url = `http://127.0.0.1:${(await lanvid.event("ready"))["http"]}/`;
});

afterAll(async () => {
  await lanvid[Symbol.asyncDispose]();
});

async function codecShown(): Promise<string | null> {
  const { viewers } = (await (await fetch(`${url}state`)).json()) as { viewers: { list: { codec: string }[] } };
  return viewers.list[0]?.codec ?? null;
}

test.each([
  ["mse", "h264"],
  ["jpeg", "mjpeg"],
  ["webcodecs", "h264"],
])("Firefox shows the live picture in time with ?mode=%s", async (mode, codec) => {
  await using display = await xDisplay(SIZE);
  await using _firefox = showInFirefox(display.name, `${url}?mode=${mode}`, SIZE);
  await using screen = await ScreenStrip.open(display.name);
  const { sightings } = screen;
  await waitFor("pictures", () => sightings.length >= 30, START_MS);

  await waitFor("more of them", () => sightings.length >= 60);

  await timed(async () => {
    const before = sightings.length;
    await waitFor("some that are looked at", () => sightings.length >= before + 30);
    const ages = sightings.slice(before).map(({ ageMs }) => ageMs);
    const median = ages.toSorted((one, other) => one - other)[ages.length >> 1] as number;
    expect(median).toBeGreaterThanOrEqual(0);
    return [{ what: "the pictures, median", ms: median, atMost: 400 }];
  });
  expect(await codecShown()).toBe(codec);
  const counters = sightings.map(({ counter }) => counter);
  expect(counters).toEqual(counters.toSorted((one, other) => one - other));
});

test("Firefox shows a foreign page nothing, and has nothing started for it, unless its origin is allowed", async () => {
  const outcomesWith = async (args: (origin: string) => readonly string[]) => {
    await using foreign = foreignPage();
    const origin = `http://localhost:${foreign.port}`;
    const serve = "serve test --codec h264 --size 640x360 --port 0 --http 0".split(" ");
    await using served = new Lanvid([...serve, ...args(origin)]);
    const target = `http://127.0.0.1:${(await served.event("ready"))["http"]}`;
    await using display = await xDisplay(SIZE);
    await using _firefox = showInFirefox(display.name, `${origin}/?target=${encodeURIComponent(target)}`, SIZE);
    await waitFor("what became of all", () => Object.keys(foreign.outcomes).length === OUTCOMES, START_MS);
    return { outcomes: foreign.outcomes, metrics: await (await fetch(`${target}/metrics`)).text() };
  };

  const allowed = await outcomesWith((origin) => ["--allow-embed", origin]);
  const refused = await outcomesWith(() => []);

  expect(allowed.outcomes).toMatchObject({ snapshot: "shown", stream: "shown", film: "shown", socket: "kept" });
  expect(new Set(Object.values(refused.outcomes))).toEqual(new Set(["kept"]));
  expect(refused.metrics).toContain("lanvid_frames_total 0\n");
});
