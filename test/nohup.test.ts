import { expect, setDefaultTimeout, test } from "bun:test";
import { isIgnored } from "../src/sys/hangup.ts";
import { Lanvid } from "./support/lanvid.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const SERVE = ["serve", "test", "--port", "0", "--http", "off"];

test.each([
  ["nohup", ["nohup"]],
  ["a shell's trap", ["sh", "-c", 'trap "" HUP; exec "$@"', "sh"]],
])("a hangup does not end what %s started", async (_name, within) => {
  await using server = new Lanvid(SERVE, { within });
  const { time } = await server.event("ready");

  server.kill("SIGHUP");
  // It goes on: a handler would have ended it before its next figures.
  await server.eventWhere((event) => event.event === "stats" && event.time > time + 1500);
  server.kill("SIGTERM");

  expect(await server.exited()).toBe(0);
  expect(server.events.at(-1)).toMatchObject({ event: "end", reason: "signal" });
  expect(server.events.length).toBeGreaterThan(2);
});

test("a hangup ends what nobody protects from it, in order", async () => {
  await using server = new Lanvid(SERVE);
  await server.event("ready");

  server.kill("SIGHUP");

  expect(await server.exited()).toBe(0);
  expect(server.events.at(-1)).toMatchObject({ event: "end", reason: "signal" });
});

test.each([
  ["SigIgn:\t0000000000000001\n", true],
  ["SigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n", false],
  ["SigIgn:\tffffffffffffffff\n", true],
  ["", false],
])("of %j, a hangup is ignored: %p", (status, expected) => {
  expect(isIgnored(status)).toBe(expected);
});
