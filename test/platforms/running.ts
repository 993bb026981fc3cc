import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
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
  // Windows' own programs go on for a while; these are the ones of this prefix.
  Bun.spawnSync(["wineserver", "-k"], { env: { ...process.env, ...runner("windows-x64").env } });
  for (const place of places) {
    place[Symbol.dispose]();
  }
});

const runner = (name: Name) => runners.get(name) as LanvidOptions;

describe.each(["linux-x64", "linux-arm64", "windows-x64"] as const)("%s", (name) => {
  test("says its version, its commit and its target", async () => {
    const { code, text } = await runLanvid(["--version"], runner(name));

    expect(code).toBe(0);
    expect(text).toMatch(new RegExp(`^\\d+\\.\\d+\\.\\d+ \\(\\w+(-dirty)?, ${name}\\)\\r?\\n$`));
  });
});

test("windows-x64 streams when it is started by a double click: alone in its console, without arguments", async () => {
  const { within = [], binary = "", env } = runner("windows-x64");
  // A terminal of its own is what Wine makes a console of. Wine's program takes no signal but this one.
  const command = ["timeout", "--signal=KILL", "15", ...within, binary].join(" ");
  const child = Bun.spawn(["script", "-qc", command, "/dev/null"], {
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

  await waitFor(
    () => `it to stream: ${output}`,
    () => output.includes("streaming test pattern"),
    30_000,
  );

  await child.exited;
  await reading;
});

describe.each(PAIRS)("%s, watched by %s", (name, watcher) => {
  test("streams a hundred pictures, and gives the page and a snapshot", async () => {
    await using server = new Lanvid(["serve", "test", "--size", "640x360", "--port", "0", "--http", "0"], runner(name));
    const { port, http } = await server.event("ready", 30_000);

    await using viewer = new Lanvid(
      ["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "100"],
      runner(watcher),
    );
    const page = await (await fetch(`http://127.0.0.1:${http}/`)).text();
    const snapshot = await fetch(`http://127.0.0.1:${http}/snapshot`);
    const picture = await snapshot.bytes();
    const end = await viewer.event("end", 40_000);

    expect(end).toMatchObject({ frames: 100, codec: "mjpeg", width: 640, height: 360, code: 0 });
    expect(page).toContain("<title>lanvid</title>");
    expect(snapshot.headers.get("content-type")).toBe("image/jpeg");
    expect([...picture.subarray(0, 2)]).toEqual([0xff, 0xd8]);
  });
});
