import { expect, test } from "bun:test";
import type { Log } from "../src/log.ts";
import { OncePerMinute, rateLimited, WarnOnce } from "../src/rate-limited-log.ts";
import { HandClock } from "./support/hand-clock.ts";

function recorded(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const log: Log = {
    info: (message) => void lines.push(message),
    warn: (message, hint) => void lines.push(`warning: ${message}${hint === undefined ? "" : ` (${hint})`}`),
    debug: (message) => void lines.push(`debug: ${message}`),
  };
  return { log, lines };
}

test("forty events are said at once, the others counted, and four a second after that", () => {
  const clock = new HandClock();
  const { log, lines } = recorded();
  const limited = rateLimited(log, clock);

  for (let count = 1; count <= 100; count++) {
    limited.info(`event ${count}`);
  }
  const atOnce = lines.splice(0);
  clock.advance(500);
  for (let count = 101; count <= 110; count++) {
    limited.info(`event ${count}`);
  }

  expect(atOnce).toHaveLength(40);
  expect(lines).toEqual(["… 60 lines left out", "event 101", "event 102"]);
});

test("warnings are never left out", () => {
  const { log, lines } = recorded();
  const limited = rateLimited(log, new HandClock());

  for (let count = 0; count < 100; count++) {
    limited.warn("the disk is full", "free some space");
  }

  expect(lines).toEqual(Array.from({ length: 100 }, () => "warning: the disk is full (free some space)"));
});

test("a topic is spoken of once a minute, and then with how often it was", () => {
  const clock = new HandClock();
  const said: string[] = [];
  const topics = new OncePerMinute((message) => said.push(message), clock);

  topics.say("a", "turned away a");
  topics.say("b", "turned away b");
  clock.advance(30_000);
  topics.say("a", "turned away a");
  topics.say("a", "turned away a");
  clock.advance(29_999);
  topics.say("a", "turned away a");
  clock.advance(1);
  topics.say("a", "turned away a");
  topics.say("b", "turned away b");

  expect(said).toEqual([
    "turned away a",
    "turned away b",
    "turned away a (and 3 times more since this was last said)",
    "turned away b",
  ]);
});

test("of ten thousand topics in a minute 64 are spoken of, and in the next one others", () => {
  const clock = new HandClock();
  const said: string[] = [];
  const topics = new OncePerMinute((message) => said.push(message), clock);

  for (let count = 0; count < 10_000; count++) {
    topics.say(`address ${count}`, `turned away ${count}`);
  }
  const first = said.splice(0);
  clock.advance(60_000);
  topics.say("address 9999", "turned away 9999");

  expect(first).toHaveLength(64);
  expect(said).toEqual(["turned away 9999"]);
});

test("a thing is warned of once, whatever happens between, and again when all was well", () => {
  const { log, lines } = recorded();
  const faults = new WarnOnce(log);

  faults.warn("no camera", { line: "no camera; trying again", hint: "plug it in" });
  faults.warn("the camera is busy");
  faults.warn("no camera", { line: "no camera; trying again in 2 s", hint: "plug it in" });
  faults.warn("the camera is busy", { again: "the camera is busy (try 4)" });
  faults.forget();
  faults.warn("no camera");

  expect(lines).toEqual([
    "warning: no camera; trying again (plug it in)",
    "warning: the camera is busy",
    "debug: no camera; trying again in 2 s",
    "debug: the camera is busy (try 4)",
    "warning: no camera",
  ]);
});

test("of a thousand different things eight are warned of until all is well: they may be a peer's own words", () => {
  const { log, lines } = recorded();
  const faults = new WarnOnce(log);

  for (let count = 0; count < 1000; count++) {
    faults.warn(`reason ${count}`);
  }

  expect(lines.filter((line) => line.startsWith("warning: "))).toHaveLength(8);
  expect(lines).toHaveLength(1000);
});
