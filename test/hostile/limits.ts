import type { Claim } from "../support/timed.ts";
import type { Toll } from "./siege.ts";

/** What an honest viewer gets whatever others do. The delay is `--max-delay` (250 ms) and 50 ms. */
const LEAST_FPS = 25;
const MOST_GAP_MS = 500;
const MAX_DELAY_MS = 250;
const MOST_DELAY_MS = MAX_DELAY_MS + 50;
/** What strangers can make the server take in all: buffers of the kernel's size, sessions, garbage not yet collected. */
const MOST_MEMORY_MIB = 128;

/** What an honest viewer is promised under an attack, and got. */
export function claimsOn({ fps, delayMs, gapMs, told }: Toll): Claim[] {
  return [
    { what: `the viewer's frames (${told})`, perSecond: fps, atLeast: LEAST_FPS, inTimeMs: MAX_DELAY_MS },
    { what: `the viewer's delay (${told})`, ms: delayMs, atMost: MOST_DELAY_MS },
    { what: `the viewer's longest gap (${told})`, ms: gapMs, atMost: MOST_GAP_MS },
  ];
}

/** @throws Error when an attack took more memory than it may */
export function checkMemory({ memoryRiseMiB, told }: Toll): void {
  if (memoryRiseMiB > MOST_MEMORY_MIB) {
    const rise = memoryRiseMiB.toFixed(0);
    throw new Error(`memory rose by ${rise} MiB, at most ${MOST_MEMORY_MIB} are allowed (${told})`);
  }
}
