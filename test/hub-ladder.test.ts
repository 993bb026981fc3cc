import { describe, expect, test } from "bun:test";
import { Ladder } from "../src/session/ladder.ts";
import { Stream, Track } from "../src/stream.ts";

/** Asks the ladder four times per second for so long: its first move and when, or "stay". */
function watch(
  ladder: Ladder,
  fromMs: number,
  forMs: number,
  carriage: {
    takenFps?: number;
    offeredFps?: number;
    linkMbps?: number | null;
    mbps?: number;
    mbpsAbove?: number | null;
  },
): string {
  for (let nowMs = fromMs; nowMs <= fromMs + forMs; nowMs += 250) {
    const move = ladder.look({
      nowMs,
      offeredFps: 30,
      takenFps: 30,
      linkMbps: null,
      mbps: 4,
      mbpsAbove: null,
      ...carriage,
    });
    if (move !== "stay") {
      return `${move} after ${nowMs - fromMs}`;
    }
  }
  return "stay";
}

describe("a viewer's ladder", () => {
  test("goes down when less than 80 % of the frames were taken for 2 s", () => {
    expect(watch(new Ladder(), 0, 60_000, { takenFps: 23 })).toBe("down after 2000");
    expect(watch(new Ladder(), 0, 60_000, { takenFps: 24.1 })).toBe("stay");
  });

  test("does not mind a moment", () => {
    const ladder = new Ladder();

    expect(watch(ladder, 0, 1750, { takenFps: 1 })).toBe("stay");
    expect(watch(ladder, 2000, 0, { takenFps: 30 })).toBe("stay");
    expect(watch(ladder, 2250, 1750, { takenFps: 1 })).toBe("stay");
  });

  test("goes up after 10 s with all frames, on a link known to carry 1.3 times what is above", () => {
    const above = { mbps: 1, mbpsAbove: 4 };

    expect(watch(new Ladder(), 0, 60_000, { ...above, linkMbps: 5.2 })).toBe("up after 10000");
    expect(watch(new Ladder(), 0, 60_000, { ...above, linkMbps: 5.1 })).toBe("stay");
    expect(watch(new Ladder(), 0, 60_000, { ...above, linkMbps: null })).toBe("stay");
  });

  test("does not mind one frame that is still on its way from the source to the viewer", () => {
    const wide = { mbps: 1, mbpsAbove: 4, linkMbps: 100 };

    expect(watch(new Ladder(), 0, 60_000, { ...wide, offeredFps: 10, takenFps: 9 })).toBe("up after 10000");
    expect(watch(new Ladder(), 0, 60_000, { ...wide, offeredFps: 30, takenFps: 28 })).toBe("stay");
  });

  test("takes four times its own bits for those of a form that is not running", () => {
    expect(watch(new Ladder(), 0, 60_000, { mbps: 1, mbpsAbove: null, linkMbps: 5.2 })).toBe("up after 10000");
    expect(watch(new Ladder(), 0, 60_000, { mbps: 1, mbpsAbove: null, linkMbps: 5.1 })).toBe("stay");
  });

  test("waits twice as long after a climb that failed, and as at first after one that held", () => {
    const ladder = new Ladder();
    const wide = { mbps: 1, mbpsAbove: 4, linkMbps: 100 };
    ladder.moved("up", 0);
    ladder.moved("down", 3000);

    expect(watch(ladder, 10_000, 60_000, wide)).toBe("up after 20000");
    ladder.moved("up", 30_000);
    expect(watch(ladder, 30_000, 31_000, { linkMbps: null })).toBe("stay");
    ladder.moved("down", 70_000);
    expect(watch(ladder, 80_000, 60_000, wide)).toBe("up after 10000");
  });

  test("stays where it is while nothing is offered", () => {
    expect(watch(new Ladder(), 0, 60_000, { offeredFps: 0, takenFps: 0, linkMbps: 100 })).toBe("stay");
  });
});

describe("a stream's forms", () => {
  const renditions = () => ({
    mjpeg: new Track({ name: "m" }),
    h264: new Track({ name: "h" }),
    "h264-half": new Track({ name: "q" }),
  });
  const formsOf = (codec: "mjpeg" | "h264" | null, codecs: string[], hasRenditions = true) => {
    const original = new Track({ name: "o" });
    original.describe({ codec });
    return new Stream(original, hasRenditions ? renditions() : null).variants(codecs)?.map(({ form }) => form) ?? null;
  };

  test.each([
    ["mjpeg", ["h264", "mjpeg"], ["original", "h264", "h264-half"]],
    ["mjpeg", ["mjpeg"], ["original"]],
    ["mjpeg", ["h264"], ["h264", "h264-half"]],
    ["h264", ["h264", "mjpeg"], ["original", "h264-half"]],
    ["h264", ["h264"], ["original", "h264-half"]],
    ["h264", ["mjpeg"], ["mjpeg"]],
    ["h264", ["av1"], []],
    [null, ["mjpeg"], null],
    [null, ["av1"], []],
  ] as const)("of %p for a viewer of %p are %p", (codec, codecs, forms) => {
    expect(formsOf(codec, [...codecs])).toEqual(forms === null ? null : [...forms]);
  });

  test("are the original alone where nothing can be made of it", () => {
    expect(formsOf("mjpeg", ["h264", "mjpeg"], false)).toEqual(["original"]);
    expect(formsOf("h264", ["mjpeg"], false)).toEqual([]);
  });

  test("give JPEG to those who know nothing else, from the original where that is JPEG", () => {
    const original = new Track({ name: "o" });
    const made = renditions();
    const stream = new Stream(original, made);

    expect(stream.jpeg).toBe(made.mjpeg);
    original.describe({ codec: "mjpeg" });
    expect(stream.jpeg).toBe(original);
    original.describe({ codec: "h264" });
    expect(stream.jpeg).toBe(made.mjpeg);
  });
});
