// Parts: nftables
/** What happens to viewers when the network, they themselves or the server are gone for a while: docs/faults.md. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { FaultTap, now, type Recovery } from "./support/fault-tap.ts";
import { Lanvid } from "./support/lanvid.ts";
import { stateOf } from "./support/processes.ts";
import { SlowLink } from "./support/slow-link.ts";
import { waitFor } from "./support/wait.ts";

// The preload's reaches the first file of a run only.
setDefaultTimeout(60_000);

/** Pictures on a link that is no limit. */
const SERVE = ["serve", "test", "--codec", "mjpeg", "--size", "640x360", "--port", "0"];
/** One that waited somewhere would be as old as the fault was long: 3 s or more. What is newer is what the machine takes, ms. */
const OLD_MS = 1000;

/** A server at one end of a link, and a viewer at the other. */
async function linked(rate = "100mbit") {
  await using stack = new AsyncDisposableStack();
  const link = stack.use(await SlowLink.create(rate));
  const server = stack.use(new Lanvid([...SERVE, "--http", "0"], { within: link.server.within }));
  const { port, http } = (await server.event("ready")) as unknown as { port: number; http: number };
  const address = `${SlowLink.serverAddress}:${port}`;
  const viewer = stack.use(new FaultTap(address, link.viewer.within));
  await viewer.first();
  const owned = stack.move();
  return { link, server, viewer, address, http, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function say(what: string, { backMs, gapMs, oldestMs }: Recovery): void {
  const [back, gap, oldest] = [backMs, gapMs, oldestMs].map(Math.round);
  console.log(`${what}: a picture again after ${back} ms, ${gap} ms without one; the oldest was ${oldest} ms old`);
}

/** How many look on, as the server says from now on. */
function viewersBecome(server: Lanvid, count: number, deadlineMs = 15_000) {
  const since = server.events.length;
  return waitFor(
    `${count} viewers`,
    () => server.events.slice(since).find(({ viewers }) => viewers === count),
    deadlineMs,
  );
}

// What is waited for is mostly time itself.
describe.concurrent("the link", () => {
  test.each([
    ["3 s", 3000, "100mbit"],
    // A picture takes most of the time until the next one.
    ["3 s in the middle of a picture", 3000, "10mbit"],
    ["12 s", 12_000, "100mbit"],
  ])("is down for %s: the picture comes back, and no old one", async (what, downMs, rate) => {
    await using all = await linked(rate);
    const { link, viewer } = all;

    await link.viewer.run("ip", "link", "set", "eth0", "down");
    await Bun.sleep(downMs);
    await link.viewer.run("ip", "link", "set", "eth0", "up");
    const upAt = now();
    await viewer.after(upAt);
    await Bun.sleep(1000);

    const recovery = await viewer.recovery(upAt);
    say(`link down for ${what}`, recovery);
    expect(recovery.backMs).toBeLessThan(5000);
    expect(recovery.oldestMs).toBeLessThan(OLD_MS);
  });

  test("loses all packets for 12 s while it seems up: the picture comes back, and no old one", async () => {
    await using all = await linked();
    const { link, viewer } = all;

    await link.viewer.run(
      "nft",
      "add table inet t; add chain inet t c { type filter hook input priority 0; policy drop; }",
    );
    await Bun.sleep(12_000);
    await link.viewer.run("nft", "delete table inet t");
    const upAt = now();
    await viewer.after(upAt);
    await Bun.sleep(1000);

    const recovery = await viewer.recovery(upAt);
    say("all packets lost for 12 s", recovery);
    expect(recovery.backMs).toBeLessThan(5000);
    expect(recovery.oldestMs).toBeLessThan(OLD_MS);
  });

  test("gives the viewer another address: it connects again", async () => {
    await using all = await linked();
    const { link, viewer, server } = all;

    await link.viewer.run("ip", "address", "del", "10.78.0.2/24", "dev", "eth0");
    await link.viewer.run("ip", "address", "add", "10.78.0.3/24", "dev", "eth0");
    const changedAt = now();
    await viewer.after(changedAt + 500);
    await viewersBecome(server, 1);

    const recovery = await viewer.recovery(changedAt + 500);
    say("another address", recovery);
    // 4 s until it is noticed, and some tries.
    expect(recovery.gapMs).toBeLessThan(7000);
    expect(recovery.oldestMs).toBeLessThan(OLD_MS);
  });

  test("takes a viewer away without a word: its place is free, and nothing is captured for it", async () => {
    await using all = await linked();
    const { link, viewer, server } = all;
    await viewersBecome(server, 1);

    await link.viewer.run("ip", "link", "set", "eth0", "down");
    const goneAt = now();
    process.kill(viewer.pid, "SIGKILL");
    await viewersBecome(server, 0);
    const freeMs = now() - goneAt;
    await waitFor(
      "the source to rest",
      () => (server.events.at(-1)?.["source"] as { readonly state: string } | undefined)?.state === "idle",
      8000,
    );

    console.log(`a viewer that is gone without a word: its place is free after ${Math.round(freeMs)} ms`);
    expect(freeMs).toBeLessThan(12_000);
  });
});

describe.concurrent("a program that stands still", () => {
  test.each([
    ["6 s", 6000, 2],
    ["12 s", 12_000, 3],
  ])(
    "a viewer, for %s: it sees pictures again, and no old one, and others notice nothing",
    async (what, stillMs, joins) => {
      await using server = new Lanvid([...SERVE, "--http", "off"]);
      const { port } = await server.event("ready");
      await using other = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);
      await using viewer = new FaultTap(`127.0.0.1:${port}`);
      await viewer.first();
      await other.eventWhere(({ frames }) => Number(frames) > 30);

      process.kill(viewer.pid, "SIGSTOP");
      await waitFor("it to stand still", () => stateOf(viewer.pid) === "T");
      await Bun.sleep(stillMs);
      const resumedAt = now();
      process.kill(viewer.pid, "SIGCONT");
      await viewer.after(resumedAt + 500);

      const recovery = await viewer.recovery(resumedAt);
      say(`viewer stopped for ${what}`, recovery);
      expect(recovery.backMs).toBeLessThan(2000);
      expect(recovery.oldestMs).toBeLessThan(OLD_MS);
      expect(other.events.at(-1)).toMatchObject({ state: "live", reconnects: 0 });
      // It is sent away after 10 s, and comes back; before that, it finds its connection as it was.
      expect(server.stderr.match(/viewer joined: .*\(lanvid\)/g)).toHaveLength(joins);
    },
  );

  test.each([
    ["3 s", 3000, 0],
    ["12 s", 12_000, 1],
  ])("a server, for %s: its viewers see pictures again, and no old one", async (what, stillMs, reconnects) => {
    await using server = new Lanvid([...SERVE, "--http", "off"]);
    const { port } = await server.event("ready");
    await using other = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);
    await using viewer = new FaultTap(`127.0.0.1:${port}`);
    await viewer.first();
    await other.eventWhere(({ frames }) => Number(frames) > 30);

    server.kill("SIGSTOP");
    await waitFor("it to stand still", () => stateOf(server.child.pid) === "T");
    await Bun.sleep(stillMs);
    const resumedAt = now();
    server.kill("SIGCONT");
    await viewer.after(resumedAt + 500);
    const later = other.events.length;
    await waitFor("the other viewer", () => other.events.slice(later).find(({ state }) => state === "live"), 8000);

    const recovery = await viewer.recovery(resumedAt);
    say(`server stopped for ${what}`, recovery);
    expect(recovery.backMs).toBeLessThan(3000);
    expect(recovery.oldestMs).toBeLessThan(OLD_MS);
    expect(other.events.at(-1)?.["reconnects"]).toBe(reconnects);
  });
});
