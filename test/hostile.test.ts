import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { HTTP_ATTACKS } from "./hostile/http-attacks.ts";
import { hello, openOf, Peer, ping, upgraded } from "./hostile/peer.ts";
import { Siege } from "./hostile/siege.ts";
import { closed, many, STREAM_ATTACKS } from "./hostile/stream-attacks.ts";
import { Lanvid } from "./support/lanvid.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

/** `npm run fuzz` has the long form of each attack: 15 s, and 10,000 connections. */
const SHORT = { seconds: 2, count: 2000 };

/** A viewer that said hello and was answered. */
async function letIn(port: number): Promise<Peer> {
  const peer = await Peer.connect(port);
  peer.write(hello());
  await waitFor("the sender's hello", () => peer.receivedBytes > 0);
  return peer;
}

describe("an honest viewer sees its frames, and the server is as it was, after", () => {
  let siege: Siege;
  /** What sieges before this one said. */
  let metrics = "";
  let saidLines = 0;

  beforeAll(async () => {
    siege = await Siege.begin(SHORT);
  });

  /** The next attack shall not fail for what this one did. */
  async function beginAnew(): Promise<void> {
    metrics += await siege.metrics().catch(() => "");
    saidLines += siege.server.stderr.split("\n").length;
    await siege[Symbol.asyncDispose]();
    siege = await Siege.begin(SHORT);
  }

  afterAll(async () => {
    await siege[Symbol.asyncDispose]();
  });

  test.each([...STREAM_ATTACKS, ...HTTP_ATTACKS].map((attack) => [attack.name, attack] as const))(
    "%s",
    async (_, attack) => {
      let isEndured = false;
      try {
        await siege.hold(attack);

        await siege.recovered();
        expect(siege.encoders).toBeLessThanOrEqual(1);
        isEndured = true;
      } finally {
        if (!isEndured) {
          await beginAnew();
        }
      }
    },
  );

  test("all of that: it was counted, and said once in a while", async () => {
    const said = metrics + (await siege.metrics());
    for (const reason of ["flood", "ack-not-sent", "length", "message-too-long", "wrong-role", "second-hello"]) {
      expect(said).toMatch(new RegExp(`refused_connections_total\\{reason="${reason}"\\} [1-9]`));
    }
    for (const reason of ["host-not-allowed", "origin-not-allowed", "text-message", "classic-full"]) {
      expect(said).toMatch(new RegExp(`refused_connections_total\\{reason="${reason}"\\} [1-9]`));
    }
    expect(saidLines + siege.server.stderr.split("\n").length).toBeLessThan(1000);
    expect(siege.viewer.events.at(-1)).toMatchObject({ state: "live", reconnects: 0 });
  });
});

test("a server that dies under an attack fails that attack, and nothing that comes later", async () => {
  await using siege = await Siege.begin({ seconds: 1, count: 10 });
  const { child } = siege.server;
  const run = async () => {
    child.kill("SIGKILL");
    await child.exited;
    // Some of the looks at its memory.
    await Bun.sleep(200);
    return "killed";
  };

  await expect(siege.withstand({ name: "SIGKILL", run })).rejects.toThrow("ENOENT");
});

test("of many who say nothing only as many stay as may, on both ports, and a newcomer is let in", async () => {
  await using siege = await Siege.begin(SHORT, ["--max-handshakes", "100", "--classic", "off"]);
  const { port, http } = siege.target;

  await siege.hold({
    name: "silence",
    async run() {
      const silent = await many(1000, () => Peer.connect(port));
      await waitFor("the others to be ended", () => openOf(silent) <= 100);
      expect(openOf(silent)).toBe(100);
      const newcomer = await letIn(port);
      expect(openOf(silent)).toBe(99);
      const silentHttp = await many(2000, () => Peer.connect(http));
      await waitFor("the others to be ended", () => openOf(silentHttp) <= 100);
      await using watch = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "10"]);
      expect(await watch.event("end")).toMatchObject({ reason: "frames", code: 0 });
      for (const peer of [...silent, newcomer, ...silentHttp]) {
        peer.close();
      }
      return "";
    },
  });

  // Those who were reset while they waited to be accepted were not counted one by one.
  const wereReset = (await siege.refused("too-many-at-once")) > 0;
  expect(await siege.refused("too-many-handshakes")).toBeGreaterThanOrEqual(wereReset ? 1900 : 2800);
  expect(siege.server.stderr.match(/it said nothing, like too many others/g)).toHaveLength(1);
});

test("one more viewer than allowed is turned away on either port, and let in when another has gone", async () => {
  await using siege = await Siege.begin(SHORT, ["--max-connections", "5"]);
  const { port, http } = siege.target;
  const viewers = await many(3, () => letIn(port));
  const page = await upgraded(http);
  expect(page.head).toStartWith("HTTP/1.1 101 ");

  const refused = await Peer.connect(port);
  await closed(refused, "a viewer too many");
  const refusedPage = await fetch(`http://127.0.0.1:${http}/stream`);

  expect(refused.receivedBytes).toBe(0);
  expect([refusedPage.status, refusedPage.headers.get("Retry-After")]).toEqual([503, "5"]);
  expect(await refusedPage.json()).toMatchObject({ error: { code: "too-many-connections" } });
  expect(await siege.refused("too-many-connections")).toBeGreaterThanOrEqual(2);
  expect(siege.server.stderr.match(/turned away 127\.0\.0\.1: there are already 5 connections/g)).toHaveLength(1);
  page.close();
  viewers[0]?.close();
  await waitFor("places", async () => /^lanvid_connections [34]$/m.test(await siege.metrics()));
  const again = await letIn(port);
  for (const peer of [...viewers, again]) {
    peer.close();
  }
});

test("when no more files can be opened the viewers see on, and newcomers are let in when there is room", async () => {
  const within = ["sh", "-c", 'ulimit -n 300; exec "$@"', "--"];
  await using siege = await Siege.begin({ seconds: 3, count: 600 }, ["--classic", "off"], within);
  const { port, http, count } = siege.target;

  await siege.hold({
    name: "more connections than descriptors",
    async run({ seconds }) {
      const talking = await many(count, async () => {
        const peer = await Peer.connect(port);
        peer.write(hello());
        await waitFor("an answer", () => peer.receivedBytes > 0 || peer.isClosed);
        return peer;
      });
      const silent = await many(count, () => Peer.connect(http));
      const end = performance.now() + seconds * 1000;
      while (performance.now() < end) {
        for (const peer of talking) {
          peer.write(ping());
        }
        await Bun.sleep(200);
      }
      expect(siege.openDescriptors).toBeLessThanOrEqual(300);
      // A listener whose connections can't be accepted is ready for ever: the loop would turn as fast as it can.
      const before = siege.cpuSeconds;
      await Bun.sleep(1000);
      expect(siege.cpuSeconds - before).toBeLessThan(0.7);
      for (const peer of [...talking, ...silent]) {
        peer.close();
      }
      return `${openOf(talking)} of ${count} were let in`;
    },
  });

  await siege.recovered();
  await using newcomer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "10"]);
  expect(await newcomer.event("end")).toMatchObject({ reason: "frames", code: 0 });
  expect(siege.server.stderr).toContain("lanvid: hint: let it open more files: ulimit -n");
  expect(siege.server.stderr.match(/this system allows lanvid only/g)).toHaveLength(1);
});

test("lanvid lets itself have as many files open as the system allows", async () => {
  const within = ["sh", "-c", 'ulimit -Sn 256; exec "$@"', "--"];
  const args = ["serve", "test", "--port", "0", "--http", "off"];
  await using server = new Lanvid(args, { within });
  await server.event("ready");

  const limits = await Bun.file(`/proc/${server.child.pid}/limits`).text();

  const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(limits) ?? [];
  expect(Number(soft)).toBeGreaterThan(256);
  expect(soft).toBe(hard);
});
