/** A bench that measures nothing: it says which lanvid it was given, and gives numbers. Started by bench-runner.test.ts. */

import { runBenches } from "../../bench/runner/bench.ts";
import { atMost, atMostTimes } from "../../bench/runner/scenario.ts";
import type { Program } from "./lanvid.ts";

const NUMBERS = [8, 1, 4];
let [count, failures] = [0, 0];

function say(name: string, { sources = "this" }: Program): void {
  console.log(`measured: ${name} ${sources}`);
}

await runBenches({
  name: `numbers-${process.pid}`,
  columns: ["ms", "frames"],
  sums: ["frames"],
  rounds: 3,
  maxSeconds: 30,
  isComparable: true,
  notes: [],
  groups: [
    [
      {
        name: "one",
        requires: [atMost("one", 4, "ms"), atMostTimes("one beside two", 1.5, "ms", "two")],
        async measure(program) {
          say("one", program);
          return { ms: program.sources ? 2 : (NUMBERS[count++] as number), frames: 10 };
        },
      },
      {
        name: "two",
        isRival: true,
        async measure(program) {
          say("two", program);
          return { ms: 2, frames: 1 };
        },
      },
    ],
    [
      {
        name: "one that fails once",
        rounds: process.env["FAILS"] ? 2 : 1,
        requires: [atMost("frames of one that fails", 5, "frames")],
        async measure() {
          failures += 1;
          if (process.env["FAILS"] && failures === 1) {
            throw new Error("no camera");
          }
          return { ms: 1, frames: 5 };
        },
      },
    ],
  ],
});
