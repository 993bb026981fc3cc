// Parts: git, node
/**
 * npm run bench:startup: how long the compiled program takes to start. "--version" beside a compiled program that only
 * says hello, in turns; and "serve test" until the page's address gives the first picture, with an empty cache folder
 * and with a full one, each with the ffmpeg inside.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../scripts/build/compile.ts";
import { thisTarget } from "../scripts/build/targets.ts";
import { Lanvid } from "../test/support/lanvid.ts";

const RUNS = 40;
const FIRST_STARTS = 5;
/** The most that "--version" may take, in times of hello's. */
const LIMIT = 2;

const folder = mkdtempSync(join(tmpdir(), "lanvid-startup-"));
try {
  const program = join(folder, "lanvid");
  const hello = join(folder, "hello");
  await compile(thisTarget(), { outfile: program, withFfmpeg: true });
  writeFileSync(join(folder, "hello.ts"), 'console.log("hello");\n');
  Bun.spawnSync([process.execPath, "build", "--compile", join(folder, "hello.ts"), "--outfile", hello], {
    cwd: folder,
  });

  const hellos: number[] = [];
  const versions: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    hellos.push(timeOf([hello]));
    versions.push(timeOf([program, "--version"]));
  }
  const ratio = median(versions) / median(hellos);
  console.log(
    `hello: ${median(hellos).toFixed(1)} ms; --version: ${median(versions).toFixed(1)} ms (median of ${RUNS})`,
  );
  console.log(`--version takes ${ratio.toFixed(2)} times hello's, at most ${LIMIT} are allowed`);

  const first: number[] = [];
  const later: number[] = [];
  for (let run = 0; run < FIRST_STARTS; run++) {
    const cache = join(folder, `cache-${run}`);
    first.push(await firstPicture(program, cache));
    later.push(await firstPicture(program, cache));
    rmSync(cache, { recursive: true });
  }
  console.log(`serve test, to the first picture: first start ${span(first)} ms, later ${span(later)} ms`);
  process.exitCode = ratio <= LIMIT ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function timeOf(command: readonly string[]): number {
  const startedAt = performance.now();
  const { exitCode, stdout } = Bun.spawnSync([...command], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  if (exitCode !== 0 || stdout.length === 0) {
    throw new Error(`${command.join(" ")} ended with exit code ${exitCode}`);
  }
  return performance.now() - startedAt;
}

async function firstPicture(program: string, cache: string): Promise<number> {
  const env = { PATH: "/nowhere", LANVID_FFMPEG: undefined, LANVID_CACHE: cache };
  const startedAt = performance.now();
  await using server = new Lanvid(["serve", "test", "--always-on", "--port", "0", "--http", "0"], {
    binary: program,
    env,
  });
  const { http } = await server.event("ready");
  const response = await fetch(`http://127.0.0.1:${http}/snapshot`);
  await response.bytes();
  if (!response.ok) {
    throw new Error(`no picture: ${response.status}`);
  }
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function span(values: readonly number[]): string {
  const most = Math.max(...values).toFixed(0);
  return `${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)} to ${most})`;
}
