import { describe, expect, test } from "bun:test";
import { ClockOffset } from "../src/receiver/clock-offset.ts";

const SECOND = 1_000_000;

/** A pong heard at `heardAt`: the peer's clock is `offset` ahead, the ways there and back take as long as given. */
function ask(clock: ClockOffset, heardAt: number, offset: number, there: number, back: number): void {
  const askedAt = heardAt - there - back - 10;
  const receivedAt = askedAt + there + offset;
  clock.add(askedAt, receivedAt, receivedAt + 10, heardAt);
}

describe("the clocks' offset", () => {
  test("is unknown before the first answer", () => {
    const clock = new ClockOffset();

    expect(clock.toLocal(5)).toBeNull();
    expect(clock.errorMicros).toBeNull();
  });

  test("is exact when both ways take as long, whatever the answering took", () => {
    const clock = new ClockOffset();

    clock.add(1000, 9_001_100, 9_051_100, 51_200);

    expect(clock.toLocal(9_000_000)).toBe(0);
    expect(clock.errorMicros).toBe(100);
  });

  test("works for a peer whose clock is behind", () => {
    const clock = new ClockOffset();

    ask(clock, 100 * SECOND, -50 * SECOND, 200, 200);

    expect(clock.toLocal(50 * SECOND)).toBe(100 * SECOND);
  });

  test("is wrong by half of the round trip at most, and says so", () => {
    const clock = new ClockOffset();

    ask(clock, SECOND, 0, 3000, 1000);

    expect(clock.errorMicros).toBe(2000);
    expect(Math.abs((clock.toLocal(SECOND) ?? 0) - SECOND)).toBeLessThanOrEqual(2000);
  });

  test("is that of the lowest round trip", () => {
    const clock = new ClockOffset();

    ask(clock, SECOND, 0, 50_000, 1000);
    ask(clock, 2 * SECOND, 0, 100, 100);
    ask(clock, 3 * SECOND, 0, 1000, 70_000);

    expect(clock.toLocal(SECOND)).toBe(SECOND);
    expect(clock.errorMicros).toBe(100);
  });

  test.each([
    ["behind", -5 * SECOND],
    ["ahead", 5 * SECOND],
  ])("is known anew with the first answer of a peer that slept: its clock is %s now", (_, step) => {
    const clock = new ClockOffset();
    ask(clock, SECOND, 0, 100, 100);

    ask(clock, 7 * SECOND, step, 2000, 2000);

    expect(clock.toLocal(7 * SECOND + step)).toBe(7 * SECOND);
    expect(clock.errorMicros).toBe(2000);
  });

  test("is still that of the lowest round trip when a slow one differs by as much as it may be wrong", () => {
    const clock = new ClockOffset();
    ask(clock, SECOND, 0, 100, 100);

    ask(clock, 7 * SECOND, 0, 5 * SECOND, 100);

    expect(clock.toLocal(SECOND)).toBe(SECOND);
    expect(clock.errorMicros).toBe(100);
  });

  test("forgets a round trip after 30 s: clocks drift", () => {
    const clock = new ClockOffset();

    ask(clock, SECOND, 0, 100, 100);
    ask(clock, 31 * SECOND, 0, 500, 500);
    expect(clock.errorMicros).toBe(100);
    ask(clock, 31 * SECOND + 1, 0, 600, 600);

    expect(clock.errorMicros).toBe(500);
  });

  test.each([
    ["an answer before the question", 1000, 5000, 5010, 900],
    ["an answer that took longer than the wait for it", 1000, 5000, 9000, 2000],
    ["an answer given before it was asked", 1000, 5000, 4000, 2000],
  ])("ignores %s", (_, askedAt, receivedAt, answeredAt, heardAt) => {
    const clock = new ClockOffset();

    clock.add(askedAt, receivedAt, answeredAt, heardAt);

    expect(clock.errorMicros).toBeNull();
  });

  test("stays as good, however many answers come", () => {
    const clock = new ClockOffset();

    for (let round = 1; round <= 10_000; round++) {
      ask(clock, round * 1000, 77, 100 + (round % 7), 100 + (round % 7));
    }

    expect(clock.errorMicros).toBe(100);
    expect(clock.toLocal(77)).toBe(0);
  });
});
