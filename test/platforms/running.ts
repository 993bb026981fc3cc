import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { jpegSize } from "../../src/media.ts";
import { Lanvid, type LanvidOptions, runLanvid } from "../support/lanvid.ts";
import { waitFor } from "../support/wait.ts";
import { Place, runnerOf } from "./support/platforms.ts";

// Emulated programs on a busy machine.
setDefaultTimeout(120_000);

/** Each is watched by a lanvid of another platform. */
const PAIRS = [
  ["linux-x64", "linux-arm64"],
  ["linux-arm64", "linux-x64"],
  ["windows-x64", "linux-x64"],
  ["linux-x64", "windows-x64"],
] as const;

/** The ffmpeg inside makes either. */
const CODECS = ["mjpeg", "h264"] as const;

/** What an emulated encoder manages beside other programs: else a slow viewer is given a smaller picture. */
const UNHURRIED = ["--size", "512x288", "--fps", "15", "--max-delay", "3000"];
const SIZE = { width: 512, height: 288 };

type Name = (typeof PAIRS)[number][number];

const places: Place[] = [];
const runners = new Map<Name, LanvidOptions>();

beforeAll(() => {
  for (const name of new Set(PAIRS.flat())) {
    const place = new Place();
    places.push(place);
    runners.set(name, runnerOf(name, place));
  }
});

afterAll(() => {
  endWindows();
  for (const place of places) {
    place[Symbol.dispose]();
  }
});

/** Ends what runs in Wine's folder of these tests, Windows' own programs too, which go on for a while. */
function endWindows(): void {
  Bun.spawnSync(["wineserver", "--kill", "--wait"], { env: { ...process.env, ...runner("windows-x64").env } });
}

/** The newest picture; while an emulated ffmpeg has none yet, lanvid waits 5 s and says to come again. */
async function snapshotOf(http: number): Promise<Uint8Array> {
  const deadline = performance.now() + 40_000;
  let response: Response;
  do {
    response = await fetch(`http://127.0.0.1:${http}/snapshot`);
  } while (response.headers.has("retry-after") && performance.now() < deadline);
  expect(response.headers.get("content-type")).toBe("image/jpeg");
  return await response.bytes();
}

const runner = (name: Name) => runners.get(name) as LanvidOptions;

describe.each(["linux-x64", "linux-arm64", "windows-x64"] as const)("%s", (name) => {
  test("says its version, its commit and its target", async () => {
    const { code, text } = await runLanvid(["--version"], runner(name));

    expect(code).toBe(0);
    expect(text).toMatch(new RegExp(`^\\d+\\.\\d+\\.\\d+ \\(\\w+(-dirty)?, ${name}\\)\\r?\\n$`));
  });

  test("has all that it needs inside: ffmpeg runs and encodes, canvas draws", async () => {
    const { code, text } = await runLanvid(["doctor", "--port", "0", "--http", "0", "--json"], runner(name));

    const findings = JSON.parse(text) as {
      check: string;
      group: string;
      status: string;
      detail: string;
      hint: string | null;
    }[];
    const of = (check: string) => findings.find((finding) => finding.check === check);
    expect(of("program")).toMatchObject({ status: "ok", detail: expect.stringContaining(`, ${name}) on `) });
    expect(of("ffmpeg")).toMatchObject({ status: "ok", detail: expect.stringMatching(/^N-\d+-g/) });
    expect(of("encoders")).toMatchObject({
      status: "ok",
      detail: expect.stringMatching(/^H\.264 is encoded by libx264/),
    });
    expect(of("drawing")).toEqual({
      check: "drawing",
      group: "watch",
      status: "ok",
      detail: "canvas draws",
      hint: null,
    });
    for (const check of ["cache", "port", "http", "addresses"]) {
      expect(of(check)).toMatchObject({ check, status: "ok" });
    }
    expect(findings.filter(({ status }) => !["ok", "warn"].includes(status))).toEqual([]);
    expect(code).toBe(0);
  });
});

test("windows-x64 streams when it is started by a double click: alone in its console, without arguments", async () => {
  const { within = [], binary = "", env } = runner("windows-x64");
  // A terminal of its own is what Wine makes a console of.
  const child = Bun.spawn(["script", "-qc", [...within, binary].join(" "), "/dev/null"], {
    env: { ...process.env, ...env, LANVID_PORT: "0", LANVID_HTTP: "off" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  let output = "";
  const reading = (async () => {
    for await (const chunk of child.stdout) {
      output += new TextDecoder().decode(chunk);
    }
  })();

  try {
    await waitFor(
      () => `it to stream: ${output}`,
      () => output.includes("streaming test pattern"),
      60_000,
    );
  } finally {
    endWindows();
    await child.exited;
    await reading;
  }
});

describe.each(PAIRS.flatMap((pair) => CODECS.map((codec) => [...pair, codec] as const)))(
  "%s, watched by %s, as %s",
  (name, watcher, codec) => {
    test("streams a hundred pictures, and gives the page, a snapshot and figures", async () => {
      const serve = ["serve", "test", "--codec", codec, ...UNHURRIED, "--port", "0", "--http", "0"];
      await using server = new Lanvid(serve, runner(name));
      const { port, http } = await server.event("ready", 30_000);

      await using viewer = new Lanvid(
        ["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "100"],
        runner(watcher),
      );
      await viewer.eventWhere(({ state }) => state === "live", 30_000);
      const page = await (await fetch(`http://127.0.0.1:${http}/`)).text();
      const picture = await snapshotOf(Number(http));
      const figures = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
      const end = await viewer.event("end", 60_000);

      expect(end).toMatchObject({ frames: 100, codec, ...SIZE, code: 0 });
      expect(page).toContain("<title>lanvid</title>");
      expect(figures).toContain("lanvid_source_live 1");
      expect(jpegSize(picture)).toEqual(SIZE);
    });
  },
);
