// Parts: nftables
/** What happens to viewers when the network, they themselves or the server are gone for a while: docs/faults.md. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { FaultTap, now, type Recovery } from "./support/fault-tap.ts";
import { Granted } from "./support/granted.ts";
import { Lanvid, viewerCount } from "./support/lanvid.ts";
import { stateOf } from "./support/processes.ts";
import { SlowLink } from "./support/slow-link.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { type Claim, judged } from "./support/timed.ts";
import { waitFor } from "./support/wait.ts";

// The preload's reaches the first file of a run only. What is measured may have to be measured again.
setDefaultTimeout(180_000);
standsAlone();

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
function viewersBecome(server: Lanvid, count: number) {
  const since = server.events.length;
  return waitFor(`${count} viewers`, () => server.events.slice(since).find((event) => viewerCount(event) === count));
}

/** What the machine gives to both from now on. */
function grantedTo(server: Lanvid, viewer: FaultTap): Granted {
  return new Granted([server.child.pid, viewer.pid]);
}

function backWithin(atMost: number, { backMs, oldestMs }: Recovery): Claim[] {
  return [{ what: "until there was a picture again", ms: backMs, atMost, isWork: true }, noOld(oldestMs)];
}

function noOld(ms: number): Claim {
  return { what: "the oldest picture", ms, atMost: OLD_MS };
}

// What is waited for is mostly time itself.
describe.concurrent("the link", () => {
  test.each([
    ["3 s", 3000, "100mbit"],
    // A picture takes most of the time until the next one.
    ["3 s in the middle of a picture", 3000, "10mbit"],
    ["12 s", 12_000, "100mbit"],
  ])("is down for %s: the picture comes back, and no old one", async (what, downMs, rate) => {
    await judged(async () => {
      await using all = await linked(rate);
      const { link, server, viewer } = all;
      const granted = grantedTo(server, viewer);

      await link.viewer.run("ip", "link", "set", "eth0", "down");
      await Bun.sleep(downMs);
      await link.viewer.run("ip", "link", "set", "eth0", "up");
      const upAt = now();
      await viewer.after(upAt);
      await viewer.after(now() + 1000);

      const taken = await granted.stop();
      const recovery = await viewer.recovery(upAt);
      say(`link down for ${what}`, recovery);
      return { taken, claims: backWithin(5000, recovery) };
    });
  });

  test("loses all packets for 12 s while it seems up: the picture comes back, and no old one", async () => {
    await judged(async () => {
      await using all = await linked();
      const { link, server, viewer } = all;
      const granted = grantedTo(server, viewer);

      await link.viewer.run(
        "nft",
        "add table inet t; add chain inet t c { type filter hook input priority 0; policy drop; }",
      );
      await Bun.sleep(12_000);
      await link.viewer.run("nft", "delete table inet t");
      const upAt = now();
      await viewer.after(upAt);
      await viewer.after(now() + 1000);

      const taken = await granted.stop();
      const recovery = await viewer.recovery(upAt);
      say("all packets lost for 12 s", recovery);
      return { taken, claims: backWithin(5000, recovery) };
    });
  });

  test("gives the viewer another address: it connects again", async () => {
    await judged(async () => {
      await using all = await linked();
      const { link, viewer, server } = all;
      const granted = grantedTo(server, viewer);

      await link.viewer.run("ip", "address", "del", "10.78.0.2/24", "dev", "eth0");
      await link.viewer.run("ip", "address", "add", "10.78.0.3/24", "dev", "eth0");
      const changedAt = now();
      await viewer.after(changedAt + 500);
      await viewersBecome(server, 1);

      const taken = await granted.stop();
      const recovery = await viewer.recovery(changedAt + 500);
      say("another address", recovery);
      // 4 s until it is noticed, and some tries.
      const claim = { what: "without a picture", ms: recovery.gapMs, atMost: 7000, isWork: true };
      return { taken, claims: [claim, noOld(recovery.oldestMs)] };
    });
  });

  test("takes a viewer away without a word: its place is free, and nothing is captured for it", async () => {
    await judged(async () => {
      await using all = await linked();
      const { link, viewer, server } = all;
      await viewersBecome(server, 1);
      const granted = grantedTo(server, viewer);

      await link.viewer.run("ip", "link", "set", "eth0", "down");
      const goneAt = now();
      process.kill(viewer.pid, "SIGKILL");
      await viewersBecome(server, 0);
      const freeMs = now() - goneAt;
      const taken = await granted.stop();
      await waitFor(
        "the source to rest",
        () => (server.events.at(-1)?.["source"] as { readonly state: string } | undefined)?.state === "idle",
      );

      console.log(`a viewer that is gone without a word: its place is free after ${Math.round(freeMs)} ms`);
      return { taken, claims: [{ what: "until its place was free", ms: freeMs, atMost: 12_000, isWork: true }] };
    });
  });
});

describe.concurrent("a program that stands still", () => {
  test.each([
    ["6 s", 6000, 2],
    ["12 s", 12_000, 3],
  ])(
    "a viewer, for %s: it sees pictures again, and no old one, and others notice nothing",
    async (what, stillMs, joins) => {
      await judged(async () => {
        await using server = new Lanvid([...SERVE, "--http", "off"]);
        const { port } = await server.event("ready");
        await using other = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);
        await using viewer = new FaultTap(`127.0.0.1:${port}`);
        await viewer.first();
        await other.eventWhere(({ frames }) => Number(frames) > 30);
        const granted = grantedTo(server, viewer);

        process.kill(viewer.pid, "SIGSTOP");
        await waitFor("it to stand still", () => stateOf(viewer.pid) === "T");
        await Bun.sleep(stillMs);
        const resumedAt = now();
        process.kill(viewer.pid, "SIGCONT");
        await viewer.after(resumedAt + 500);

        const taken = await granted.stop();
        const recovery = await viewer.recovery(resumedAt);
        say(`viewer stopped for ${what}`, recovery);
        expect(other.events.at(-1)).toMatchObject({ state: "live", reconnects: 0 });
        // It is sent away after 10 s, and comes back; before that, it finds its connection as it was.
        expect(server.stderr.match(/viewer joined: .*\(127\.0\.0\.1, lanvid\)/g)).toHaveLength(joins);
        return { taken, claims: backWithin(2000, recovery) };
      });
    },
  );

  test.each([
    ["3 s", 3000, 0],
    ["12 s", 12_000, 1],
  ])("a server, for %s: its viewers see pictures again, and no old one", async (what, stillMs, reconnects) => {
    await judged(async () => {
      await using server = new Lanvid([...SERVE, "--http", "off"]);
      const { port } = await server.event("ready");
      await using other = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);
      await using viewer = new FaultTap(`127.0.0.1:${port}`);
      await viewer.first();
      await other.eventWhere(({ frames }) => Number(frames) > 30);
      const granted = grantedTo(server, viewer);

      server.kill("SIGSTOP");
      await waitFor("it to stand still", () => stateOf(server.child.pid) === "T");
      await Bun.sleep(stillMs);
      const resumedAt = now();
      server.kill("SIGCONT");
      await viewer.after(resumedAt + 500);
      const taken = await granted.stop();
      const later = other.events.length;
      await waitFor("the other viewer", () => other.events.slice(later).find(({ state }) => state === "live"));

      const recovery = await viewer.recovery(resumedAt);
      say(`server stopped for ${what}`, recovery);
      expect(other.events.at(-1)?.["reconnects"]).toBe(reconnects);
      return { taken, claims: backWithin(3000, recovery) };
    });
  });
});
