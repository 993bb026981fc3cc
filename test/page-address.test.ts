// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** The page's address, which `serve` prints beside the stream's, in the place of the stream's. */

const NONE = ["--view", "none"];

test("watch takes a page's address, and a relay the page's port", async () => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", "--port", "0", "--http", "0"]);
  const { port, http } = await server.event("ready");

  const watched = await runLanvid(["watch", `http://127.0.0.1:${http}/`, ...NONE, "--frames", "1", "--no-retry"]);
  await using relay = new Lanvid(["serve", `lanvid://127.0.0.1:${http}`, "--port", "0", "--http", "off"]);
  const relayed = await relay.event("ready");
  const through = await runLanvid(["watch", `127.0.0.1:${relayed["port"]}`, ...NONE, "--frames", "1"]);

  expect(watched.code).toBe(0);
  expect(watched.stderr).toContain(`127.0.0.1:${http} is lanvid's page: its stream is at 127.0.0.1:${port}\n`);
  expect(through.code).toBe(0);
});

test("serve says that a page's address is one, and how its stream is relayed", async () => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", "--port", "0", "--http", "0"]);
  const { port, http } = await server.event("ready");

  await using relay = new Lanvid(["serve", `http://127.0.0.1:${http}/`, "--port", "0", "--http", "off"]);
  await waitFor(
    () => relay.stderr,
    () => relay.stderr.includes(`lanvid: hint: to relay it: lanvid serve lanvid://127.0.0.1:${port}\n`),
  );

  expect(relay.stderr).toContain(`127.0.0.1:${http} is lanvid's page: its stream is at 127.0.0.1:${port}\n`);
});

test("where no lanvid's page is, watch says so, and goes on when it is there", async () => {
  const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response('{"version":1}') });
  const { port } = other;
  const page = `http://127.0.0.1:${port}/`;
  const ended = await runLanvid(["watch", page, ...NONE, "--no-retry"]);
  await using viewer = new Lanvid(["watch", page, ...NONE]);
  await viewer.eventWhere(({ error }) => error === `cannot find lanvid's page at ${page}`);
  await other.stop(true);
  await using server = new Lanvid(["serve", "test", "--port", "0", "--http", String(port)]);
  await server.event("ready");

  await viewer.eventWhere(({ state }) => state === "live");

  expect(ended.code).toBe(6);
  expect(ended.stderr).toContain(`lanvid: error: cannot find lanvid's page at ${page}\n`);
  expect(ended.stderr).toContain("or name the machine alone: 127.0.0.1\n");
});

test("a server that comes back on another port of the stream is found by its page", async () => {
  const first = new Lanvid(["serve", "test", "--port", "0", "--http", "0"]);
  const { http } = await first.event("ready");
  await using viewer = new Lanvid(["watch", `http://127.0.0.1:${http}/`, ...NONE]);
  await viewer.eventWhere(({ state }) => state === "live");
  await first[Symbol.asyncDispose]();
  await viewer.eventWhere(({ state }) => state === "reconnecting");

  await using second = new Lanvid(["serve", "test", "--port", "0", "--http", String(http)]);
  await second.event("ready");

  await viewer.eventWhere(({ state, reconnects }) => state === "live" && Number(reconnects) > 0);
});
