import { describe, expect, test } from "bun:test";
import { SendWindow } from "../src/hub.ts";

/** A window of 100 ms (half of the 200 promised), whose rate was measured: `bytesPerMs`. */
function windowAt(bytesPerMs: number): SendWindow {
  const window = new SendWindow(200);
  window.sent(1, bytesPerMs * 10, 0);
  window.acknowledge(1, 10);
  return window;
}

describe("a send window", () => {
  test("admits one frame always, of any size and at any rate", () => {
    expect(new SendWindow(200).admits(64 * 1024 * 1024)).toBe(true);
    expect(windowAt(1).admits(64 * 1024 * 1024)).toBe(true);
    expect(new SendWindow(0).admits(1)).toBe(true);
  });

  test("admits no second frame before the rate is known", () => {
    const window = new SendWindow(200);

    window.sent(1, 10, 0);

    expect(window.admits(1)).toBe(false);
  });

  test("admits more while all of them arrive within half of the delay", () => {
    const window = windowAt(10);

    window.sent(2, 600, 20);

    expect(window.admits(400)).toBe(true);
    expect(window.admits(401)).toBe(false);
  });

  test("never admits a fifth, however fast the viewer is", () => {
    const window = windowAt(1_000_000);

    for (const sequence of [2, 3, 4]) {
      window.sent(sequence, 10, 20);
      expect(window.admits(10)).toBe(true);
    }
    window.sent(5, 10, 20);

    expect(window.admits(10)).toBe(false);
  });

  test("settles a frame and all before it", () => {
    const window = windowAt(1000);
    for (const sequence of [2, 3, 5, 8]) {
      window.sent(sequence, 10, 20);
    }

    expect(window.acknowledge(5, 30)).toBe(true);
    window.sent(9, 10, 30);
    window.sent(10, 10, 30);

    expect(window.admits(10)).toBe(true);
    window.sent(11, 10, 30);
    expect(window.admits(10)).toBe(false);
  });

  test("refuses the acknowledgement of a frame that was never sent", () => {
    const window = new SendWindow(200);

    expect(window.acknowledge(1, 0)).toBe(false);
    window.sent(7, 10, 0);
    expect(window.acknowledge(8, 0)).toBe(false);
    expect(window.acknowledge(6, 0)).toBe(false);
    window.sent(9, 10, 0);
    expect(window.acknowledge(8, 0)).toBe(false);
    expect(window.acknowledge(9, 0)).toBe(true);
    expect(window.acknowledge(10, 0)).toBe(false);
  });

  test("ignores a repeated acknowledgement", () => {
    const window = windowAt(10);
    window.sent(2, 600, 20);

    expect(window.acknowledge(1, 500)).toBe(true);
    expect(window.acknowledge(1, 900)).toBe(true);

    expect(window.admits(400)).toBe(true);
    expect(window.admits(401)).toBe(false);
  });

  test("believes that a viewer slows down sooner than that it speeds up", () => {
    const slower = windowAt(10);
    const faster = windowAt(10);

    slower.sent(2, 100, 20);
    slower.acknowledge(2, 70);
    faster.sent(2, 180, 20);
    faster.acknowledge(2, 30);
    slower.sent(3, 1, 100);
    faster.sent(3, 1, 100);

    // 10 bytes per ms moved half of the way to 2, and a quarter of the way to 18.
    expect([slower.admits(599), slower.admits(600)]).toEqual([true, false]);
    expect([faster.admits(1199), faster.admits(1200)]).toEqual([true, false]);
  });

  test("measures the rate of frames that follow each other by the time between their acknowledgements", () => {
    const window = windowAt(10);

    // Two frames of 500 bytes at once: the second takes the link's time after the first.
    window.sent(2, 500, 100);
    window.sent(3, 500, 100);
    window.acknowledge(2, 150);
    window.acknowledge(3, 200);
    window.sent(4, 1, 200);

    expect([window.admits(999), window.admits(1000)]).toEqual([true, false]);
  });

  test("is not stopped by an acknowledgement that comes at the same moment", () => {
    const window = new SendWindow(200);

    window.sent(1, 100, 50);
    window.acknowledge(1, 50);
    window.sent(2, 100, 50);

    expect(window.admits(100)).toBe(true);
  });
});
