// Parts: python
/**
 * How old a picture is when another program has it: OpenCV's VideoCapture, also in a script that is slow, and the players of
 * docs/integrations.md on an X screen, by the lines that stand there. See README.md. Usage: bun bench/readers.ts [--quick]
 */

import { join } from "node:path";
import { linesOf } from "../test/support/integration-lines.ts";
import { opencvScript, SCRIPTS, type Shown } from "../test/support/opencv-script.ts";
import { stripAgeMs } from "../test/support/picture.ts";
import { playLine } from "../test/support/player-line.ts";
import { PYTHON } from "../test/support/python.ts";
import { BOUND } from "./support/child.ts";
import { endAfter } from "./support/cleanup.ts";
import { type Spread, spreadOf } from "./support/figures.ts";
import { Others } from "./support/our-share.ts";
import { Report } from "./support/report.ts";
import { StripScreen } from "./support/screen-strip.ts";
import { startServer } from "./support/server.ts";

const isQuick = process.argv.includes("--quick");
const MEASURED_MS = isQuick ? 5000 : 15_000;
/** What a program does to begin with is not its delay. */
const WARM_UP_MS = isQuick ? 3000 : 5000;
const FIRST_MS = 20_000;
/** As large as the players' picture: a window that shows it as it is fills it. */
const SCREEN = { width: 640, height: 360 };
/** What a slow script does with each picture, ms. */
const SLOW_MS = 200;
const READER = join(import.meta.dir, "../test/python/reader.py");

endAfter(isQuick ? 300 : 600);
const report = new Report("readers", ["program", "reads", "pictures", "median ms", "95 % ms", "worst ms"]);
const others = new Others();
const rounds: { readonly name: string; readonly age: Spread }[] = [];

await measureOpenCv();
await measureScripts();
await measurePlayers();
report.note(
  "Age of the strip at 30 pictures a second, on loopback. In Python, of 1280×720, when it is decoded; of players, of",
);
report.note(
  `640×360, when it is first seen on an X screen. Other programs took ${others.percent().toFixed(0)} % of a core. Reported only.\n`,
);
process.exit(report.finish({ rounds }));

async function measureOpenCv(): Promise<void> {
  await using server = await startServer(["--size", "1280x720"]);
  for (const path of ["/stream", "/stream.mp4", "/snapshot"]) {
    for (const pauseMs of [0, SLOW_MS]) {
      const name = `OpenCV${pauseMs === 0 ? "" : `, ${pauseMs} ms for each picture`}`;
      add(name, path, await readByOpenCv(`http://127.0.0.1:${server.http}${path}`, pauseMs));
    }
  }
}

/** The scripts of docs/integrations.md, with pictures so small that buffers hold many. */
async function measureScripts(): Promise<void> {
  await using server = await startServer(["--codec", "mjpeg", "--size", "512x288", "--quality", "30"]);
  for (const which of SCRIPTS) {
    for (const pauseMs of [100, 500]) {
      const command = opencvScript(which, `127.0.0.1:${server.http}`, pauseMs);
      add(
        `OpenCV ${which}, ${pauseMs} ms for each small picture`,
        which === "by /snapshot" ? "/snapshot" : "/stream",
        await readBy(command),
      );
    }
  }
}

async function measurePlayers(): Promise<void> {
  await using server = await startServer(["--size", `${SCREEN.width}x${SCREEN.height}`]);
  for (const line of linesOf("Players", "sh", `127.0.0.1:${server.http}`)) {
    add(line.split(" ")[0] ?? "", /\/stream\S*/.exec(line)?.[0] ?? "", await playOnScreen(line));
  }
}

function add(name: string, path: string, age: Spread): void {
  rounds.push({ name: `${name} ${path}`, age });
  report.row(name, path, age.count, age.median, age.p95, age.worst);
  console.log(`${name}, ${path}: ${age.median?.toFixed(1) ?? "nothing"} ms`);
}

function readByOpenCv(url: string, pauseMs: number): Promise<Spread> {
  return readBy([PYTHON, READER, url, String(pauseMs)]);
}

/** @param command prints a line of JSON for each picture, with its age: `{ageMs}`, or `Shown` */
async function readBy(command: readonly string[]): Promise<Spread> {
  const child = Bun.spawn([...BOUND, ...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const ages: number[] = [];
  const timer = setTimeout(() => child.kill("SIGKILL"), FIRST_MS + WARM_UP_MS + MEASURED_MS);
  let firstAt: number | null = null;
  let rest = "";
  for await (const chunk of child.stdout) {
    const now = performance.now();
    firstAt ??= now;
    const lines = (rest + new TextDecoder().decode(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (now >= firstAt + WARM_UP_MS) {
      ages.push(...lines.filter((line) => /^[[{]/.test(line)).map(ageIn));
    }
    if (now >= firstAt + WARM_UP_MS + MEASURED_MS) {
      break;
    }
  }
  clearTimeout(timer);
  child.kill("SIGKILL");
  await child.exited;
  return spreadOf(ages);
}

function ageIn(line: string): number {
  const said: Shown | { readonly ageMs: number } = JSON.parse(line);
  return "ageMs" in said ? said.ageMs : said[1];
}

async function playOnScreen(line: string): Promise<Spread> {
  await using screen = await StripScreen.open(SCREEN);
  await using _player = playLine(line, screen.name);
  const ages: number[] = [];
  let last = -1;
  let firstAt: number | null = null;
  const deadline = performance.now() + FIRST_MS;
  while (performance.now() < (firstAt === null ? deadline : firstAt + WARM_UP_MS + MEASURED_MS)) {
    const strip = await screen.read();
    if (strip !== null && strip.counter !== last) {
      last = strip.counter;
      firstAt ??= performance.now();
      if (performance.now() >= firstAt + WARM_UP_MS) {
        ages.push(stripAgeMs(strip));
      }
    }
    await Bun.sleep(1);
  }
  return spreadOf(ages);
}
