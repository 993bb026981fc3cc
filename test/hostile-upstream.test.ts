// Parts: ffmpeg
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { claimsOnRelay, relayFaults, relayUnder } from "./hostile/relay-siege.ts";
import { Upstream } from "./hostile/upstream.ts";
import { UPSTREAM_ATTACKS } from "./hostile/upstream-attacks.ts";
import { Lanvid } from "./support/lanvid.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { timed } from "./support/timed.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

/** `npm run fuzz` has the long form. */
const SECONDS = 2;

describe("a relay, and who watches it, have their time and memory, whatever it relays", () => {
  test.each(UPSTREAM_ATTACKS.map((attack) => [attack.name, attack] as const))("%s", async (_, attack) => {
    await timed(async () => {
      const toll = await relayUnder(attack, SECONDS);

      expect(relayFaults(toll, SECONDS)).toEqual([]);
      return claimsOnRelay(toll);
    });
  });
});

test("a lanvid that greets and is gone is tried again at growing intervals, and said once", async () => {
  using upstream = new Upstream((victim) => victim.hangUp());
  await using watch = new Lanvid(["watch", `127.0.0.1:${upstream.port}`, "--view", "none"]);
  await watch.event("ready");

  const beganAt = performance.now();
  await Bun.sleep(4000);

  // After 0.1, 0.2, 0.4, 0.8, and then each 1.5 s, each ± 20 %.
  const secondsMore = Math.max(0, (performance.now() - beganAt) / 1000 - 4);
  expect(upstream.victims.length).toBeLessThanOrEqual(7 + secondsMore / 1.2);
  const said = [...watch.stderr.matchAll(/lanvid: warning: .*; trying again/g)].map(([line]) => line);
  expect(said.length).toBeGreaterThan(0);
  expect(said).toEqual([...new Set(said)]);
});
