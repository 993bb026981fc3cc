import { describe, expect, test } from "bun:test";
import { Schedule } from "../src/capture/schedule.ts";
import { SpeedJudge } from "../src/capture/speed-judge.ts";

describe("a picture is due", () => {
  test("as long after the first as its time says, however early it comes", () => {
    const schedule = new Schedule();

    expect([0, 40, 80, 5000].map((pts) => schedule.due(pts, 100))).toEqual([100, 140, 180, 5100]);
  });

  test("at once when it comes too late, and all others as much later", () => {
    const schedule = new Schedule();
    schedule.due(1000, 0);

    expect(schedule.due(1040, 300)).toBe(300);
    expect(schedule.due(1080, 301)).toBe(340);
  });

  test("at once as long as it catches up, and puts nothing off", () => {
    const schedule = new Schedule();
    schedule.catchUp(1000);

    const early = [0, 40, 5000].map((pts) => schedule.due(pts, 3000));
    schedule.follow();

    expect(early).toEqual([3000, 3000, 6040]);
    expect(schedule.due(5040, 7000)).toBe(7000);
    expect(schedule.due(5080, 7000)).toBe(7040);
  });

  test("when times go back, or jump further than live pictures pause, after the usual distance", () => {
    const schedule = new Schedule(30_000);

    expect([90_000, 90_020, 10, 30, 900_000, 900_020].map((pts) => schedule.due(pts, 0))).toEqual([
      0, 20, 40, 60, 80, 100,
    ]);
  });

  test("of a film that begins again, when its last picture was there for as long as the film says", () => {
    const schedule = new Schedule();
    for (const pts of [1480, 1520, 1560]) {
      schedule.due(pts, 0);
    }

    schedule.turn(3000);
    const [first, second] = [schedule.due(1480, 0), schedule.due(1520, 0)];
    schedule.turn(null);
    const third = schedule.due(1480, 0);

    expect([first, second, third]).toEqual([3000, 3040, 3080]);
  });

  test("of a film that says it lasts for hours, after the usual distance", () => {
    const schedule = new Schedule();
    schedule.due(0, 0);
    schedule.due(20, 0);

    schedule.turn(7_200_000);

    expect(schedule.due(0, 0)).toBe(40);
  });
});

describe("by how fast it gives, a source is", () => {
  /** Gives pictures of `stepMs`, one every `everyMs`, for a time. @returns when it was judged, and how */
  function judge(
    parts: readonly { stepMs: number; everyMs: number; forMs: number }[],
    hasOwnTimes = true,
  ): { verdict: string; afterMs: number | null } {
    const judge = new SpeedJudge(hasOwnTimes);
    let [now, pts] = [0, 0];
    let verdict = "undecided";
    let afterMs: number | null = null;
    for (const { stepMs, everyMs, forMs } of parts) {
      for (const end = now + forMs; now < end; now += everyMs) {
        judge.take(pts, now);
        pts += stepMs;
        const next = judge.verdict(now);
        afterMs = next === verdict ? afterMs : now;
        verdict = next;
      }
    }
    return { verdict, afterMs };
  }

  test("live where it gives what the clock does, after a second", () => {
    expect(judge([{ stepMs: 40, everyMs: 40, forMs: 5000 }])).toEqual({ verdict: "live", afterMs: 1000 });
  });

  test("live for as long as it runs, with a clock that is a little wrong", () => {
    const { verdict } = judge([{ stepMs: 40.02, everyMs: 40, forMs: 24 * 3_600_000 }]);

    expect(verdict).toBe("live");
  });

  test("live where it had 8 s in store", () => {
    const store = { stepMs: 40, everyMs: 2, forMs: 400 };

    expect(judge([store, { stepMs: 40, everyMs: 40, forMs: 3000 }]).verdict).toBe("live");
  });

  test("live where it says nothing for 40 s, and then gives all of that at once", () => {
    const live = { stepMs: 40, everyMs: 40, forMs: 60_000 };

    expect(
      judge([live, { stepMs: 0, everyMs: 40_000, forMs: 40_000 }, { stepMs: 40, everyMs: 1, forMs: 1000 }, live])
        .verdict,
    ).toBe("live");
  });

  test("a film where it gives 15 s more than passed, and remains one", () => {
    expect(
      judge([
        { stepMs: 40, everyMs: 4, forMs: 3000 },
        { stepMs: 40, everyMs: 40, forMs: 3000 },
      ]),
    ).toEqual({
      verdict: "film",
      afterMs: 1672,
    });
  });

  test("a film that is just faster than the clock", () => {
    expect(judge([{ stepMs: 40, everyMs: 20, forMs: 30_000 }]).verdict).toBe("film");
  });

  test("live at 60 and 100 pictures a second that are counted as 25", () => {
    expect(judge([{ stepMs: 40, everyMs: 16, forMs: 600_000 }], false)).toEqual({ verdict: "live", afterMs: 1008 });
    expect(judge([{ stepMs: 40, everyMs: 10, forMs: 600_000 }], false).verdict).toBe("live");
  });

  test("a film at 300 pictures a second that are counted as 25", () => {
    expect(judge([{ stepMs: 40, everyMs: 3, forMs: 10_000 }], false).verdict).toBe("film");
  });
});
