import { expect, test } from "bun:test";
import { keepConnected } from "../src/remote.ts";
import { HandClock } from "./support/hand-clock.ts";
import { waitFor } from "./support/wait.ts";

/** Tries to connect to a port on which nobody listens, until the test is over. */
function tryInVain() {
  const clock = new HandClock();
  const over = new AbortController();
  const warnings: string[] = [];
  const again: string[] = [];
  let losses = 0;
  const connecting = keepConnected({
    address: { host: "127.0.0.1", port: 1 },
    counterpart: "serve",
    retry: true,
    signal: over.signal,
    converse: () => Promise.reject(new Error("nobody listens there")),
    onLost: () => {
      losses += 1;
    },
    log: { info() {}, warn: (message) => warnings.push(message), debug: (message) => again.push(message) },
    clock,
  });
  return {
    clock,
    warnings,
    again,
    /** The next try has failed, and the one after it is waited for. */
    failure: async () => {
      const before = losses;
      await waitFor("the next failure", () => losses > before);
      await waitFor("the pause", () => clock.waiting === 1);
    },
    end: async () => {
      over.abort();
      return await connecting;
    },
  };
}

test("tries follow each other ever more slowly, each up to a fifth sooner or later, and up to 5 s after a minute", async () => {
  const { clock, failure, end } = tryInVain();
  const passes = async (pauseMs: number) => {
    await failure();
    clock.advance(pauseMs * 0.8 - 1);
    expect(clock.waiting).toBe(1);
    clock.advance(pauseMs * 0.4 + 2);
    expect(clock.waiting).toBe(0);
  };

  for (const pauseMs of [100, 200, 400, 800, 1500, 1500]) {
    await passes(pauseMs);
  }
  await failure();
  clock.advance(60_000);
  for (const pauseMs of [1500, 3000, 5000, 5000]) {
    await passes(pauseMs);
  }

  expect(await end()).toBe(null);
});

test("a reason is warned of once, and counted with --verbose", async () => {
  const { clock, warnings, again, failure, end } = tryInVain();
  await failure();
  clock.advance(120);
  await failure();

  await end();

  const reason = warnings[0]?.replace(/; trying again$/, "");
  expect(warnings).toEqual([`${reason}; trying again`]);
  expect(again).toEqual([`${reason} (try 2)`]);
});
