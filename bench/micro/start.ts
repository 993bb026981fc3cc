// Parts: git, node
/** How long the compiled program takes to start, beside a compiled program that only says hello. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../../scripts/build/compile.ts";
import { thisTarget } from "../../scripts/build/targets.ts";
import { atExit } from "../../test/support/at-exit.ts";
import { Lanvid } from "../../test/support/lanvid.ts";
import type { Bench } from "../runner/bench.ts";
import { byLength } from "../runner/options.ts";
import { atMostTimes, type Scenario } from "../runner/scenario.ts";

const MAX_TIMES_HELLO = 2;

let folder = "";

/** Compiles both, once. */
async function compiled(name: "lanvid" | "hello"): Promise<string> {
  if (folder === "") {
    folder = mkdtempSync(join(tmpdir(), "lanvid-start-"));
    atExit(() => rmSync(folder, { recursive: true, force: true }));
    await compile(thisTarget(), { outfile: join(folder, "lanvid"), withFfmpeg: true });
    const source = join(folder, "hello.ts");
    writeFileSync(source, 'console.log("hello");\n');
    const command = [process.execPath, "build", "--compile", source, "--outfile", join(folder, "hello")];
    Bun.spawnSync(command, { cwd: folder });
  }
  return join(folder, name);
}

function running(name: string, program: "lanvid" | "hello", args: readonly string[]): Scenario {
  return {
    name,
    requires: program === "lanvid" ? [atMostTimes(`${name} / hello`, MAX_TIMES_HELLO, "median ms", "hello")] : [],
    async measure() {
      const command = [await compiled(program), ...args];
      const startedAt = performance.now();
      const { exitCode, stdout } = Bun.spawnSync(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
      if (exitCode !== 0 || stdout.length === 0) {
        throw new Error(`${command.join(" ")} ended with exit code ${exitCode}`);
      }
      return { runs: 1, "median ms": performance.now() - startedAt };
    },
  };
}

/** `serve test` until the page's address gives the first picture. */
function serving(name: string, isFirst: boolean): Scenario {
  return {
    name,
    rounds: 5,
    async measure() {
      const binary = await compiled("lanvid");
      const cache = join(folder, "cache");
      if (isFirst) {
        rmSync(cache, { recursive: true, force: true });
      }
      const env = { PATH: "/nowhere", LANVID_FFMPEG: undefined, LANVID_CACHE: cache };
      const startedAt = performance.now();
      const args = ["serve", "test", "--always-on", "--port", "0", "--http", "0"];
      await using server = new Lanvid(args, { binary, env });
      const response = await fetch(`http://127.0.0.1:${(await server.event("ready"))["http"]}/snapshot`);
      await response.bytes();
      if (!response.ok) {
        throw new Error(`no picture: ${response.status}`);
      }
      return { runs: 1, "median ms": performance.now() - startedAt };
    },
  };
}

export const START: Bench = {
  name: "start",
  columns: ["runs", "median ms"],
  sums: ["runs"],
  rounds: byLength(40, 10),
  maxSeconds: 300,
  groups: [
    [running("hello", "hello", []), running("lanvid --version", "lanvid", ["--version"])],
    [serving("serve test, to the first picture, empty cache", true)],
    [serving("serve test, to the first picture, later", false)],
  ],
  notes: [
    "A program that says hello is compiled as lanvid is. The empty cache: ffmpeg is unpacked; later: its hash is checked.",
  ],
};
