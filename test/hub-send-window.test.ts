import { describe, expect, test } from "bun:test";
import { CongestionWindow } from "../src/session/congestion-window.ts";

/** A window of 100 ms (half of the 200 promised), whose rate was measured: `bytesPerMs`. */
function windowAt(bytesPerMs: number): CongestionWindow {
  const window = new CongestionWindow(200);
  window.sent(1, bytesPerMs * 10, 0);
  window.acknowledge(1, 10);
  return window;
}

describe("a send window", () => {
  test("admits one frame always, of any size and at any rate", () => {
    expect(new CongestionWindow(200).admits(64 * 1024 * 1024, 0)).toBe(true);
    expect(windowAt(1).admits(64 * 1024 * 1024, 10)).toBe(true);
    expect(new CongestionWindow(0).admits(1, 0)).toBe(true);
  });

  test("admits no second frame before the rate is known", () => {
    const window = new CongestionWindow(200);

    window.sent(1, 10, 0);

    expect(window.admits(1, 0)).toBe(false);
  });

  test("admits more while all of them arrive within half of the delay", () => {
    const window = windowAt(10);

    window.sent(2, 600, 20);

    expect(window.admits(400, 20)).toBe(true);
    expect(window.admits(401, 20)).toBe(false);
  });

  test("never admits a fifth that is to be acknowledged, however fast the viewer is", () => {
    const window = windowAt(1_000_000);

    for (const sequence of [2, 3, 4]) {
      window.sent(sequence, 10, 20);
      expect(window.admits(10, 20)).toBe(true);
    }
    window.sent(5, 10, 20);

    expect(window.admits(10, 20)).toBe(false);
  });

  test("admits no large frame 30 ms after twice the time in which one should have been acknowledged, and no small one after the whole delay", () => {
    const window = windowAt(10);

    window.sent(2, 300, 100);
    window.sent(3, 300, 120);

    expect([window.admits(200, 190), window.admits(200, 191)]).toEqual([true, false]);
    expect([window.admits(100, 300), window.admits(100, 301)]).toEqual([true, false]);
    // What is behind it on the link is expected from then on: at 5 bytes per ms or so.
    window.acknowledge(2, 190);
    expect([window.admits(200, 270), window.admits(200, 330)]).toEqual([true, false]);
    window.acknowledge(3, 330);
    expect(window.admits(200, 1000)).toBe(true);
  });

  test("settles a frame and all before it", () => {
    const window = windowAt(1000);
    for (const sequence of [2, 3, 5, 8]) {
      window.sent(sequence, 10, 20);
    }

    expect(window.acknowledge(5, 30)).toBe(true);
    window.sent(9, 10, 30);
    window.sent(10, 10, 30);

    expect(window.admits(10, 30)).toBe(true);
    window.sent(11, 10, 30);
    expect(window.admits(10, 30)).toBe(false);
  });

  test("refuses the acknowledgement of a frame that was never sent", () => {
    const window = new CongestionWindow(200);

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

    expect(window.admits(400, 20)).toBe(true);
    expect(window.admits(401, 20)).toBe(false);
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
    expect([slower.admits(599, 100), slower.admits(600, 100)]).toEqual([true, false]);
    expect([faster.admits(1199, 100), faster.admits(1200, 100)]).toEqual([true, false]);
  });

  test("measures the rate of frames that follow each other by the time between their acknowledgements", () => {
    const window = windowAt(10);

    // Two frames of 500 bytes at once: the second takes the link's time after the first.
    window.sent(2, 500, 100);
    window.sent(3, 500, 100);
    window.acknowledge(2, 150);
    window.acknowledge(3, 200);
    window.sent(4, 1, 200);

    expect([window.admits(999, 200), window.admits(1000, 200)]).toEqual([true, false]);
  });

  test("is not stopped by an acknowledgement that comes at the same moment", () => {
    const window = new CongestionWindow(200);

    window.sent(1, 100, 50);
    window.acknowledge(1, 50);
    window.sent(2, 100, 50);

    expect(window.admits(100, 50)).toBe(true);
  });

  test("knows nothing of a link before a frame was settled", () => {
    const window = new CongestionWindow(200);
    window.sent(1, 1000, 0);

    expect(window.linkMbps).toBeNull();
  });

  test("does not take the time of showing for the link's: small frames tell how much that is", () => {
    const window = new CongestionWindow(200);

    // 1 ms for each 1000 bytes, and 20 ms to show it.
    alternate(window, (bytes) => 20 + bytes / 1000);

    expect(window.linkMbps).toBeCloseTo(8, 1);
  });

  test("takes frames of one size for what they are", () => {
    const window = new CongestionWindow(200);

    for (let sequence = 1; sequence <= 20; sequence++) {
      window.sent(sequence, 50_000, sequence * 100);
      window.acknowledge(sequence, sequence * 100 + 50);
    }

    expect(window.linkMbps).toBeCloseTo(8, 1);
  });

  test("believes the least that small frames took, not one that was held up", () => {
    const window = new CongestionWindow(200);
    let small = 0;

    alternate(window, (bytes) => {
      small += bytes < 10_000 ? 1 : 0;
      return bytes < 10_000 && small % 5 === 0 ? 49 : 20 + bytes / 1000;
    });

    expect(window.linkMbps).toBeGreaterThan(7.5);
    expect(window.linkMbps).toBeLessThan(10);
  });
});

describe("acknowledgements", () => {
  /** A link that carried a key frame of 1000 bytes at 100 bytes per ms. */
  function roomy(): CongestionWindow {
    const window = new CongestionWindow(200);
    window.sent(1, 1000, 0);
    window.acknowledge(1, 10);
    return window;
  }

  test("are asked for with each frame before the link is known", () => {
    const window = new CongestionWindow(200);

    expect(window.wantsAck(1)).toBe(true);
    window.sent(1, 1000, 0);
    expect(window.wantsAck(1)).toBe(true);
  });

  test("are asked for with every third small frame and every large one where there is plenty of room", () => {
    const window = roomy();
    const asked: boolean[] = [];

    for (let sequence = 2; sequence <= 11; sequence++) {
      const byteCount = sequence === 9 ? 900 : 100;
      const wantsAck = window.wantsAck(byteCount);
      expect(window.admits(byteCount, sequence * 33)).toBe(true);
      window.sent(sequence, byteCount, sequence * 33, wantsAck);
      asked.push(wantsAck);
      if (wantsAck) {
        window.acknowledge(sequence, sequence * 33 + 1);
      }
    }

    expect(asked).toEqual([false, false, true, false, false, true, false, true, false, false]);
  });

  test.each([10, 70, 120])("that take %p ms hold up no small frame, 33 ms apart", (ackMs) => {
    const window = new CongestionWindow(250);
    window.sent(1, 1000, 0);
    window.acknowledge(1, 10);
    const due: { readonly sequence: number; readonly atMs: number }[] = [];
    const asked: boolean[] = [];

    for (let sequence = 2; sequence <= 40; sequence++) {
      const nowMs = sequence * 33;
      while ((due[0]?.atMs ?? nowMs) < nowMs) {
        const { sequence: acknowledged, atMs } = due.shift() as (typeof due)[number];
        window.acknowledge(acknowledged, atMs);
      }
      expect(window.admits(100, nowMs)).toBe(true);
      const wantsAck = window.wantsAck(100);
      window.sent(sequence, 100, nowMs, wantsAck);
      asked.push(wantsAck);
      if (wantsAck) {
        due.push({ sequence, atMs: nowMs + ackMs });
      }
    }

    expect(asked.filter((wantsAck) => wantsAck).length).toBe(13);
  });

  test("are asked for with each frame where what is under way takes more than 20 ms", () => {
    const window = new CongestionWindow(200);
    window.sent(1, 1000, 0);
    window.acknowledge(1, 100);

    // 10 bytes per ms.
    expect(window.wantsAck(200)).toBe(false);
    expect(window.wantsAck(201)).toBe(true);
    window.sent(2, 150, 100, false);
    expect(window.wantsAck(51)).toBe(true);
  });

  test("that were not asked for stop nothing, however slow the link was", () => {
    const window = roomy();
    for (let sequence = 2; sequence <= 9; sequence++) {
      window.sent(sequence, 10, sequence * 1000);
      window.acknowledge(sequence, sequence * 1000 + 500);
    }

    window.sent(10, 100, 10_000, false);

    expect(window.isEmpty).toBe(true);
    expect(window.admits(1_000_000, 10_000)).toBe(true);
  });

  test("do not take the pause between frames for the link's time", () => {
    const window = roomy();

    window.sent(2, 100, 100, false);
    window.sent(3, 100, 200, false);
    window.sent(4, 100, 300);
    window.acknowledge(4, 301);
    window.sent(5, 1, 400);

    // 100 bytes in 1 ms, not 300 in 201: the rate did not fall.
    expect(window.admits(9999, 400)).toBe(true);
  });
});

describe("the time that frames have to arrive in", () => {
  test("is that of the largest of late, less what is in flight, what the frame itself takes and a tenth of the delay", () => {
    const window = new CongestionWindow(200);
    expect(window.slackMs(1000)).toBe(0);

    // 10 bytes per ms.
    window.sent(1, 1000, 0);
    window.acknowledge(1, 100);

    expect(window.slackMs(1000)).toBeCloseTo(-20);
    expect(window.slackMs(200)).toBeCloseTo(60);
    window.sent(2, 300, 100);
    expect(window.slackMs(200)).toBeCloseTo(30, -1);
    expect(window.slackMs(1000)).toBeCloseTo(-50, -1);
  });
});

/** Large and small frames in turn, as of H.264, one at a time. @param takes ms from being sent to being settled */
function alternate(window: CongestionWindow, takes: (bytes: number) => number): void {
  for (let sequence = 1; sequence <= 60; sequence++) {
    const bytes = sequence % 3 === 1 ? 30_000 : 2000;
    window.sent(sequence, bytes, sequence * 100);
    window.acknowledge(sequence, sequence * 100 + takes(bytes));
  }
}
