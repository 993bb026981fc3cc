// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { MIB } from "../src/units.ts";
import { isRunning, peakMemoryMiB } from "./support/processes.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const MAIN = join(import.meta.dir, "../src/main.ts");
/** Of what the program takes itself there are some 80. */
const MOST_MIB = 200;

const bomb = Bun.gzipSync(new Uint8Array(256 * MIB));
const chunk = new Uint8Array(MIB).fill(0x20);

test.each([
  ["without end", () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }))],
  ["compressed to a thousandth", () => new Response(bomb, { headers: { "Content-Encoding": "gzip" } })],
])("`doctor` reads the beginning of an answer only: one %s", async (_, fetch) => {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
  const command = [process.execPath, MAIN, "doctor", "--port", String(server.port), "--http", "off"];

  const child = Bun.spawn(command, { stdout: "pipe", stderr: "ignore" });
  // Not the child's own `maxRSS`: it is inherited from this process, which may be larger (getrusage(2)).
  let most = 0;
  const watching = setInterval(() => {
    if (isRunning(child.pid)) {
      most = Math.max(most, peakMemoryMiB(child.pid));
    }
  }, 10);
  const text = await child.stdout.text();
  await child.exited;
  clearInterval(watching);

  expect(text).toContain(`${server.port} is used by a web server`);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(MOST_MIB);
  await server.stop(true);
});
