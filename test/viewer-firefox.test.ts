import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { showInFirefox } from "./support/firefox.ts";
import { Lanvid } from "./support/lanvid.ts";
import { ScreenStrip } from "./support/screen-strip.ts";
import { waitFor } from "./support/wait.ts";
import { xDisplay } from "./support/x-display.ts";

// The preload's reaches the first file of a run only.
setDefaultTimeout(120_000);

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
  await using screen = new ScreenStrip(display.name);
  const { sightings } = screen;
  await waitFor("pictures", () => sightings.length >= 30, START_MS);

  await waitFor("more of them", () => sightings.length >= 90, 20_000);

  const ages = sightings.slice(60).map(({ ageMs }) => ageMs);
  const median = ages.toSorted((one, other) => one - other)[ages.length >> 1];
  expect(median).toBeWithin(0, 400);
  expect(await codecShown()).toBe(codec);
  const counters = sightings.map(({ counter }) => counter);
  expect(counters).toEqual(counters.toSorted((one, other) => one - other));
});
