// Parts: ffmpeg
/**
 * Another player on the encoder that lanvid uses: the test pattern, ffmpeg, a pipe or the network, the player. A program
 * of its own: what is to be run comes as JSON. It ends all of it when it ends.
 */

import { TestPattern } from "../../src/capture/test-pattern.ts";
import type { Size } from "../../src/units.ts";
import { childrenOf } from "../../test/support/processes.ts";
import { waitFor } from "../../test/support/wait.ts";
import { BOUND, say } from "../runner/child.ts";
import { patternCommand } from "./encoder-lines.ts";
import { type Codec, FPS } from "./page-modes.ts";

export interface Rival {
  readonly codec: Codec;
  readonly size: Size;
  /** ffmpeg's output: format, options and where to; without where to, the player reads it from a pipe. */
  readonly output: readonly string[];
  readonly player: readonly string[];
  readonly isPiped: boolean;
  /** A server between them. */
  readonly server?: readonly string[];
}

const FRAME_MS = 1000 / FPS;
/** What a server takes to listen, and how soon a player that could not connect yet is started again, ms. */
const SERVER_MS = 1500;
const RETRY_MS = 300;
const QUIET = { stdout: "ignore", stderr: "ignore" } as const;

const { codec, size, output, player, isPiped, server } = JSON.parse(process.argv[2] ?? "") as Rival;
if (server !== undefined) {
  Bun.spawn([...BOUND, ...server], { ...QUIET, stdin: "ignore" });
  await Bun.sleep(SERVER_MS);
}
const line = patternCommand(codec, size);
const ffmpeg = [...line.slice(0, line.lastIndexOf("-f")), ...output, ...(isPiped ? ["pipe:1"] : [])];
const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");
const command = isPiped ? ["sh", "-c", `${quoted(ffmpeg)} | ${quoted(player)} >/dev/null 2>&1; exit`] : ffmpeg;
// Their complaints are about the end.
const fed = Bun.spawn([...BOUND, ...command], { ...QUIET, stdin: "pipe" });

async function play(): Promise<void> {
  while (!isPiped) {
    const child = Bun.spawn([...BOUND, ...player], { ...QUIET, stdin: "ignore" });
    say({ event: "playing", pid: child.pid });
    await child.exited;
    await Bun.sleep(RETRY_MS);
  }
  const name = player[0] as string;
  say({ event: "playing", pid: await waitFor(name, () => childrenOf(fed.pid, name)[0]) });
}

/** Over the network ffmpeg waits for its first viewer: a picture that it has no room for is left out. */
async function draw(): Promise<void> {
  const pattern = new TestPattern(size);
  const startedAt = performance.now();
  let tick = 0;
  for (let counter = 1; ; counter++) {
    fed.stdin.write(pattern.draw(Date.now(), counter));
    await fed.stdin.flush();
    tick = isPiped ? counter : Math.max(tick + 1, Math.floor((performance.now() - startedAt) / FRAME_MS));
    await Bun.sleep(Math.max(0, startedAt + tick * FRAME_MS - performance.now()));
  }
}

await Promise.all([draw(), play()]);
