import type { Toll } from "./siege.ts";

/** What an honest viewer gets whatever others do. The delay is `--max-delay` (250 ms) and 50 ms. */
const LEAST_FPS = 25;
const MOST_DELAY_MS = 300;
/** What strangers can make the server take in all: buffers of the kernel's size, sessions, garbage not yet collected. */
const MOST_MEMORY_MIB = 128;

/** What of an attack's toll is more than may be, a line each. */
export function faultsOf({ fps, delayMs, memoryRiseMiB, told }: Toll): string[] {
  const lines: string[] = [];
  if (fps < LEAST_FPS) {
    lines.push(`the viewer got ${fps.toFixed(1)} frames a second, ${LEAST_FPS} are promised (${told})`);
  }
  if (delayMs > MOST_DELAY_MS) {
    lines.push(`the viewer was ${delayMs.toFixed(0)} ms behind, at most ${MOST_DELAY_MS} are promised (${told})`);
  }
  if (memoryRiseMiB > MOST_MEMORY_MIB) {
    lines.push(`memory rose by ${memoryRiseMiB.toFixed(0)} MiB, at most ${MOST_MEMORY_MIB} are allowed (${told})`);
  }
  return lines;
}
