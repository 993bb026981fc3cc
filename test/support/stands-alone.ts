import { beforeAll } from "bun:test";
import { allChildrenOf, commandOf, isRunning } from "./processes.ts";
import { waitFor } from "./wait.ts";

/** To be called in a file that measures time: nothing that an earlier file started may still run beside it. */
export function standsAlone(): void {
  beforeAll(async () => {
    const left = () => allChildrenOf(process.pid).filter(isRunning);
    const words = () =>
      `what earlier tests left to end: ${left().map((pid) => commandOf(pid).join(" ").slice(0, 100))}`;
    await waitFor(words, () => left().length === 0);
  });
}
