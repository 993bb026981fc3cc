// Parts: python
/** How old a picture is when another program has it, by the lines and scripts of docs/integrations.md. */

import { join } from "node:path";
import { linesOf } from "../../test/support/integration-lines.ts";
import { opencvScript, SCRIPTS } from "../../test/support/opencv-script.ts";
import { playLine } from "../../test/support/player-line.ts";
import { PYTHON } from "../../test/support/python.ts";
import { startXvfb } from "../../test/support/xvfb.ts";
import type { Bench } from "../runner/bench.ts";
import { BOUND } from "../runner/child.ts";
import { DELAYS, delays, spreadOf } from "../runner/figures.ts";
import { byLength } from "../runner/options.ts";
import { type Figures, OTHERS, type Scenario } from "../runner/scenario.ts";
import { type Look, look } from "../support/on-screen.ts";
import { HD, sizeArguments } from "../support/page-modes.ts";
import { startServer } from "../support/server.ts";

/** As large as the players' picture: a window that shows it as it is fills it. */
const SMALL = { width: 640, height: 360 };
const READER = join(import.meta.dir, "../../test/python/reader.py");
const LOOK: Look = {
  firstMs: 20_000,
  warmUpMs: byLength(5000, 3000),
  frames: Number.POSITIVE_INFINITY,
  atMostMs: byLength(15_000, 5000),
};

function scenario(name: string, args: readonly string[], measure: (address: string) => Promise<Figures>): Scenario {
  return {
    name,
    async measure(program) {
      await using server = await startServer(args, { program });
      return await measure(`127.0.0.1:${server.http}`);
    },
  };
}

/** @param command prints a line of JSON for each picture, with its age: `{"ageMs": …}`, or `Shown` */
async function readBy(command: readonly string[]): Promise<Figures> {
  const child = Bun.spawn([...BOUND, ...command], { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
  const ages: number[] = [];
  const timer = setTimeout(() => child.kill("SIGKILL"), LOOK.firstMs + LOOK.warmUpMs + LOOK.atMostMs);
  let warmAt = Number.POSITIVE_INFINITY;
  let rest = "";
  for await (const chunk of child.stdout) {
    const now = performance.now();
    warmAt = Math.min(warmAt, now + LOOK.warmUpMs);
    const lines = (rest + new TextDecoder().decode(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (now >= warmAt) {
      ages.push(...lines.filter((line) => /^[[{]/.test(line)).map(ageIn));
    }
    if (now >= warmAt + LOOK.atMostMs) {
      break;
    }
  }
  clearTimeout(timer);
  child.kill("SIGKILL");
  await child.exited;
  return delays(spreadOf(ages));
}

function ageIn(line: string): number {
  const said = JSON.parse(line);
  return "ageMs" in said ? said.ageMs : said[1];
}

const OPENCV = ["/stream", "/stream.mp4", "/snapshot"].flatMap((path) =>
  [0, 200].map((pauseMs) => {
    const name = `OpenCV, ${path}, ${pauseMs} ms each`;
    return scenario(name, sizeArguments(HD), (address) =>
      readBy([PYTHON, READER, `http://${address}${path}`, String(pauseMs)]),
    );
  }),
);

/** With pictures so small that buffers hold many. */
const SMALL_PICTURES = ["--codec", "mjpeg", "--size", "512x288", "--quality", "30"];
const SCRIPTED = SCRIPTS.flatMap((which) =>
  [100, 500].map((pauseMs) =>
    scenario(`OpenCV ${which}, ${pauseMs} ms each`, SMALL_PICTURES, (address) =>
      readBy(opencvScript(which, address, pauseMs)),
    ),
  ),
);

const PLAYERS = linesOf("Players", "sh", "").map((line, index) =>
  scenario(`${line.split(" ")[0]}, ${/\/stream[.\w]*/.exec(line)?.[0]}`, sizeArguments(SMALL), async (address) => {
    await using xvfb = await startXvfb(SMALL);
    await using _player = playLine(linesOf("Players", "sh", address)[index] ?? "", xvfb.name);
    return await look(xvfb, () => [], LOOK);
  }),
);

export const READERS: Bench = {
  name: "readers",
  columns: ["frames", ...DELAYS, OTHERS],
  sums: ["frames"],
  rounds: 1,
  maxSeconds: byLength(900, 600),
  groups: [...OPENCV, ...SCRIPTED, ...PLAYERS].map((one) => [one]),
  notes: [
    "Age of the strip at 30 pictures a second, on loopback. In Python, of 1280×720, when it is decoded; of players, of 640×360,",
    "when it is first seen on an X screen. What other programs hold back is not lanvid's doing: reported only.",
  ],
};
