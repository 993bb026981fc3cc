import { expect, test } from "bun:test";
import { Granted } from "./support/granted.ts";
import { judged, verdictOn } from "./support/timed.ts";

const QUIET = { othersPercent: 0, lateMs: 0, share: 1, leastShare: 1 };
const age = (ms: number) => ({ what: "a picture's age", ms, atMost: 300 });
const rate = (perSecond: number) => ({ what: "pictures", perSecond, atLeast: 20, inTimeMs: 250 });

test("on a quiet machine a bound is what it says", () => {
  expect([300, 301].map((ms) => verdictOn(age(ms), QUIET))).toEqual(["kept", "broken"]);
  expect([20, 19.9].map((perSecond) => verdictOn(rate(perSecond), QUIET))).toEqual(["kept", "broken"]);
});

test("beside others it is wider by what they took, and no more", () => {
  const taken = { othersPercent: 200, lateMs: 100, share: 0.75, leastShare: 0.5 };

  expect([700, 701].map((ms) => verdictOn(age(ms), taken))).toEqual(["kept", "broken"]);
  expect([15, 14.9].map((perSecond) => verdictOn(rate(perSecond), taken))).toEqual(["kept", "broken"]);
  expect([700, 701].map((ms) => verdictOn({ ...age(ms), isWork: true }, taken))).toEqual(["kept", "broken"]);
  expect([100, 900].map((lateMs) => verdictOn({ ...age(1200), isWork: true }, { ...taken, lateMs }))).toEqual([
    "broken",
    "kept",
  ]);
});

test("where they took too much nothing is said, but of what is kept all the same", () => {
  expect([300, 301].map((ms) => verdictOn(age(ms), { ...QUIET, lateMs: 301 }))).toEqual(["kept", "undecided"]);
  expect([20, 19.9].map((fps) => verdictOn(rate(fps), { ...QUIET, share: 0.4 }))).toEqual(["kept", "undecided"]);
  expect([20, 19.9].map((fps) => verdictOn(rate(fps), { ...QUIET, lateMs: 251 }))).toEqual(["kept", "undecided"]);
});

test("what is broken is not tried again, what is undecided a few times", async () => {
  let count = 0;
  const measure = (ms: number, lateMs: number) => async () => {
    count += 1;
    return { claims: [age(ms)], taken: { ...QUIET, lateMs } };
  };

  await expect(judged(measure(401, 100))).rejects.toThrow("a picture's age: 401 ms, at most 300 are allowed");
  expect(count).toBe(1);
  await expect(judged(measure(900, 800))).rejects.toThrow("others leave too little of this machine");
  expect(count).toBe(6);
  await judged(async () => ({ claims: [age(400)], taken: { ...QUIET, lateMs: (count++ % 2) * 100 + 250 } }));
});

test("what others take of the cores is seen, and that a process only sleeps is not taken for it", async () => {
  // More of them than cores: each waits for the others. What we start ourselves does not count as others: these are of init.
  const loop = "timeout 20 sh -c 'while :; do :; done' > /dev/null 2>&1 & echo $!";
  const others = Array.from({ length: 4 * navigator.hardwareConcurrency }, () =>
    Number(Bun.spawnSync(["sh", "-c", loop]).stdout.toString()),
  );
  await using own = Bun.spawn(["timeout", "20", "sh", "-c", "while :; do :; done"]);
  await using sleeping = Bun.spawn(["sleep", "20"]);
  const both = [own, sleeping].map(({ pid }) => new Granted([pid]));
  await Bun.sleep(1000);
  const [busy, idle] = await Promise.all(both.map((granted) => granted.stop()));
  for (const pid of others) {
    process.kill(pid);
  }

  expect(busy?.share).toBeLessThan(0.6);
  expect(idle?.share).toBeGreaterThan(0.9);
  expect(idle?.lateMs).toBeLessThan(100);
});
