import { afterEach } from "bun:test";

/**
 * What is to be done after each test of a file, whatever came of it: what was added last comes first. To be called once,
 * where the file begins.
 */
export function cleanupsAfterEach(): (() => unknown)[] {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) {
      await cleanup();
    }
  });
  return cleanups;
}
