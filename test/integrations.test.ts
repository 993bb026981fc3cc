// Parts: aiohttp, curl, ffmpeg, python
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jpegSize } from "../src/media.ts";
import { blocksOf, linesOf } from "./support/integration-lines.ts";
import { Lanvid } from "./support/lanvid.ts";
import { opencvScript, SCRIPTS, type Shown } from "./support/opencv-script.ts";
import { decodePicture, readStrip, stripAgeMs } from "./support/picture.ts";
import { playLine } from "./support/player-line.ts";
import { PYTHON, runPython } from "./support/python.ts";
import { ScreenStrip } from "./support/screen-strip.ts";
import { waitFor } from "./support/wait.ts";
import { xDisplay } from "./support/x-display.ts";

/** The lines of docs/integrations.md, with the programs that they are for. */

// The preload's reaches the first file of a run only.
setDefaultTimeout(60_000);

/** Of the screen too, so that a window that shows the picture as it is fills it. */
const SIZE = { width: 640, height: 360 };
/** No measure of a program's delay: what comes from a buffer that grows, or is not played on, is older. */
const LIVE_MS = 10_000;
/** Pictures of about 12 kB. */
const SERVE_SMALL = ["serve", "test", "--codec", "mjpeg", "--size", "512x288", "--quality", "30"];
const ROOT = join(import.meta.dir, "..");

let lanvid: Lanvid;
let address = "";
const folder = mkdtempSync(join(tmpdir(), "lanvid-integrations-"));

beforeAll(async () => {
  lanvid = new Lanvid(["serve", "test", "--size", `${SIZE.width}x${SIZE.height}`, "--port", "0", "--http", "0"]);
  address = `127.0.0.1:${(await lanvid.event("ready"))["http"]}`;
});

afterAll(async () => {
  await lanvid[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Settles when a screen shows picture after picture, and these are new. */
async function showsLive(screen: ScreenStrip, complaint: () => string): Promise<void> {
  const isLive = () => screen.sightings.length >= 15 && (screen.sightings.at(-1)?.ageMs ?? LIVE_MS) < LIVE_MS;
  await waitFor(() => `a live picture on the screen; ${screen.sightings.length} were seen; ${complaint()}`, isLive);
}

async function* linesFrom(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + new TextDecoder().decode(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function ended(child: Bun.Subprocess): Promise<void> {
  child.kill("SIGTERM");
  await child.exited;
}

describe("players", () => {
  test.each(["ffplay", "mpv", "cvlc", "gst-launch-1.0"])("%s shows the stream", async (program) => {
    const line = linesOf("Players", "sh", address).find((candidate) => candidate.startsWith(`${program} `)) ?? "";
    await using display = await xDisplay(SIZE);
    await using screen = await ScreenStrip.open(display.name);
    await using player = playLine(line, display.name);

    await showsLive(screen, player.complaint);

    expect(line).toContain(address);
  });

  test("no player of the page is without a test", () => {
    const programs = linesOf("Players", "sh", address).map((line) => line.split(" ")[0]);

    expect(programs).toEqual(["ffplay", "mpv", "cvlc", "gst-launch-1.0"]);
  });
});

test.each(SCRIPTS)("OpenCV reads pictures %s, one after the other, each live", async (which) => {
  const child = Bun.spawn(opencvScript(which, address), { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  await using _ended = { [Symbol.asyncDispose]: () => ended(child) };

  const pictures: Shown[] = [];
  const saidMs: number[] = [];
  for await (const line of linesFrom(child.stdout)) {
    const said = /^(-?\d+) ms old$/.exec(line)?.[1];
    if (said !== undefined) {
      saidMs.push(Number(said));
      continue;
    }
    pictures.push(JSON.parse(line));
    if (new Set(pictures.map(([counter]) => counter)).size === 10) {
      break;
    }
  }

  const counters = pictures.map(([counter]) => counter);
  expect(counters).toEqual(counters.toSorted((one, other) => one - other));
  expect(new Set(counters).size).toBe(10);
  expect(pictures.at(-1)?.[1]).toBeLessThan(LIVE_MS);
  if (which === "by /snapshot") {
    // The picture itself has its time too, in whole ms; it is read a little later, when it is decoded.
    const tooOld = pictures.filter(([, ageMs], index) => (saidMs[index] ?? Number.NaN) > ageMs + 2);
    expect([saidMs.length, tooOld]).toEqual([pictures.length, []]);
    expect(saidMs.filter((ms) => ms < 0)).toEqual([]);
  }
});

// Its pictures are small: the buffers hold many.
test("a thread that reads on has newer pictures than a slow script that does not", async () => {
  const oldestOf = async (which: (typeof SCRIPTS)[number]) => {
    const child = Bun.spawn(opencvScript(which, smallAddress, 500), {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    await using _ended = { [Symbol.asyncDispose]: () => ended(child) };
    const ages: number[] = [];
    for await (const line of linesFrom(child.stdout)) {
      ages.push((JSON.parse(line) as Shown)[1]);
      if (ages.length === 12) {
        break;
      }
    }
    return Math.min(...ages.slice(-4));
  };
  await using small = new Lanvid([...SERVE_SMALL, "--port", "0", "--http", "0"]);
  const smallAddress = `127.0.0.1:${(await small.event("ready"))["http"]}`;

  const [plain, threaded] = await Promise.all([oldestOf("as they come"), oldestOf("by a thread that reads on")]);

  expect(threaded).toBeLessThan(plain / 2);
});

test.each([
  ["JPEG", 3],
  ["pixels", 4],
])("a script's pictures are streamed as %s, live", async (_, index) => {
  const script = blocksOf("Python, OpenCV", "python", address)[index] ?? "";
  const output = join(folder, `script-${index}`);
  // The lanvid of this folder, on any ports.
  const program = join(folder, "lanvid");
  const words = `exec "${process.execPath}" "${ROOT}/src/main.ts" "$1" "$2" --port 0 --http 0 --json`;
  writeFileSync(program, `#!/bin/sh\n${words} $(shift 2; echo "$@") >"${output}"\n`);
  chmodSync(program, 0o755);
  // A camera with the time strip in place of the first one of this machine.
  const camera = [
    `import sys; sys.path.insert(0, ${JSON.stringify(join(ROOT, "test/python"))})`,
    "import cv2, camera as stand_in, numpy",
    `numpy.full((480, 640, 3), 90, numpy.uint8).tofile(${JSON.stringify(join(folder, "grey"))})`,
    `cv2.VideoCapture = lambda index: stand_in.Camera(640, 480, 30, ${JSON.stringify(join(folder, "grey"))})`,
  ].join("\n");
  const child = Bun.spawn([PYTHON, "-c", `${camera}\n${script}`], {
    env: { ...process.env, PATH: `${folder}:${process.env["PATH"]}` },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  await using _ended = { [Symbol.asyncDispose]: () => ended(child) };
  const ready = await waitFor("the script's lanvid", async () => {
    const file = Bun.file(output);
    return (await file.exists()) && /"http":(\d+)/.exec(await file.text())?.[1];
  });

  const ages: number[] = [];
  const counters = new Set<number>();
  await waitFor("pictures of the script", async () => {
    const response = await fetch(`http://127.0.0.1:${ready}/snapshot`);
    const picture = response.ok ? await decodePicture(await response.bytes()) : null;
    const strip = picture && readStrip(picture);
    if (strip) {
      counters.add(strip.counter);
      ages.push(stripAgeMs(strip));
    }
    return counters.size >= 5;
  });

  expect(ages.at(-1)).toBeLessThan(LIVE_MS);
});

describe("scripts", () => {
  test.each([
    ["a picture", 0],
    ["the state", 1],
    ["a clip", 2],
  ])("%s is had by a line", async (_, index) => {
    const line = linesOf("Scripts", "sh", address)[index] ?? "";
    const child = Bun.spawn(["sh", "-c", line], { cwd: folder, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);

    expect({ code: await child.exited, stderr }).toEqual({ code: 0, stderr: "" });
    const file = /\S+\.(?:jpg|mp4)\b(?=$| )/.exec(line.replace(/https?:\S+/g, ""))?.[0];
    if (file === undefined) {
      expect(JSON.parse(stdout)).toMatchObject({ source: { state: expect.any(String) } });
    } else if (file.endsWith(".jpg")) {
      expect(jpegSize(await Bun.file(join(folder, file)).bytes())).toEqual(SIZE);
    } else {
      const seen = Bun.spawnSync([
        ..."ffprobe -v error -show_entries stream=width,codec_name -of csv=p=0".split(" "),
        join(folder, file),
      ]);
      expect(seen.stdout.toString().trim()).toBe(`h264,${SIZE.width}`);
    }
  });
});

test("Home Assistant's client reads the stream and the still picture as its camera does", async () => {
  const [block = ""] = blocksOf("Home Assistant", "", address);
  const [stream, still] = block.match(/http:\S+/g) ?? [];
  const script = `
import asyncio, sys, aiohttp

async def main():
    async with aiohttp.ClientSession(headers={"User-Agent": "HomeAssistant/2026.11.0 aiohttp/3 Python/3.13"}) as session:
        async with session.get(${JSON.stringify(still)}) as response:
            assert response.status == 200 and response.content_type == "image/jpeg", response.status
            sys.stdout.buffer.write(await response.read())
        async with session.get(${JSON.stringify(stream)}) as response:
            assert response.content_type == "multipart/x-mixed-replace", response.content_type
            data = b""
            async for chunk in response.content.iter_chunked(102400):
                data += chunk
                if data.count(b"\\xff\\xd9") >= 3:
                    break
            start = data.find(b"\\xff\\xd8")
            sys.stdout.buffer.write(data[start : data.find(b"\\xff\\xd9", start) + 2])

asyncio.run(main())
`;

  const bytes = await runPython(script);

  const second = Buffer.from(bytes).indexOf(Buffer.from([0xff, 0xd8, 0xff]), 3);
  const pictures = await Promise.all([bytes.subarray(0, second), bytes.subarray(second)].map(decodePicture));
  expect(pictures.map((picture) => readStrip(picture) !== null)).toEqual([true, true]);
});
