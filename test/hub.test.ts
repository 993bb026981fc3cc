import { describe, expect, test } from "bun:test";
import { forPeers, openFault } from "../src/errors.ts";
import { Hub, type Seat } from "../src/hub.ts";
import type { FrameSink, FrameSource, StreamDescription } from "../src/media.ts";
import { HandClock } from "./support/hand-clock.ts";

/** A source that gives what the test tells it to, and notes what it was asked. */
class HandSource implements FrameSource {
  readonly kind = "test";
  readonly codec = "mjpeg";
  readonly name = "by hand";
  readonly calls: string[] = [];
  sink: FrameSink | undefined;

  constructor(readonly alwaysOn = false) {}

  start(sink: FrameSink): void {
    this.calls.push("start");
    this.sink = sink;
  }

  async stop(): Promise<void> {
    this.calls.push("stop");
  }
}

interface Viewer {
  readonly seat: Seat;
  readonly heard: StreamDescription[];
  readonly ends: string[];
  ready: number;
}

function join(hub: Hub): Viewer {
  const heard: StreamDescription[] = [];
  const ends: string[] = [];
  const viewer = { heard, ends, ready: 0 };
  const seat = hub.seat("lanvid", "10.0.0.4", {
    frameReady: () => {
      viewer.ready += 1;
    },
    described: (description) => heard.push(description),
    ended: ({ message }) => ends.push(message),
  });
  return Object.assign(viewer, { seat });
}

function give(hub: Hub, count: number): void {
  for (let index = 0; index < count; index++) {
    hub.frame({ capturedAt: index, isKey: true, bytes: Uint8Array.of(index % 256) });
  }
}

/** Takes the frame that is due, and says its number; null when none is. */
function take(seat: Seat): number | null {
  const frame = seat.peek();
  if (frame !== null) {
    seat.take(frame);
  }
  return frame?.sequence ?? null;
}

describe("a seat", () => {
  test("gets the newest frame, and the count of those it missed", () => {
    const hub = new Hub({ name: "desk" });
    const { seat } = join(hub);

    give(hub, 1);
    expect(take(seat)).toBe(1);
    give(hub, 9);

    expect(take(seat)).toBe(10);
    expect(seat.dropped).toBe(8);
    expect(take(seat)).toBeNull();
  });

  test("that joins gets the current frame at once, and misses nothing of before", () => {
    const hub = new Hub({ name: "desk" });
    give(hub, 5);

    const { seat } = join(hub);

    expect(take(seat)).toBe(5);
    expect(seat.dropped).toBe(0);
    expect(take(seat)).toBeNull();
  });

  test("costs the others nothing when it takes none", () => {
    const hub = new Hub({ name: "desk" });
    const slow = join(hub);
    const fast = join(hub);

    const taken = Array.from({ length: 10 }, () => {
      give(hub, 1);
      return take(fast.seat);
    });

    expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(fast.seat.dropped).toBe(0);
    expect([slow.ready, fast.ready]).toEqual([10, 10]);
  });

  test("is told of each change of the stream once", () => {
    const hub = new Hub({ name: "desk" });
    const { heard, seat } = join(hub);

    hub.describe({ state: "starting" });
    hub.describe({ state: "starting" });
    hub.describe({ state: "live", codec: "mjpeg", width: 640, height: 480 });

    expect(heard.map(({ state }) => state)).toEqual(["starting", "live"]);
    expect(seat.description).toEqual(hub.description);
  });

  test("is told when the stream is over", () => {
    const hub = new Hub({ name: "desk" });
    const { ends } = join(hub);

    hub.ended(openFault(forPeers`the file ended`));

    expect(ends).toEqual(["the file ended"]);
  });

  test("that joins when the stream is over is told as well, unless it has left by then", async () => {
    const hub = new Hub({ name: "desk" });
    hub.ended(openFault(forPeers`the file ended`));

    const { ends } = join(hub);
    const left = join(hub);
    left.seat.close();
    await Promise.resolve();

    expect([ends, left.ends]).toEqual([["the file ended"], []]);
  });

  test("that joins after the source stopped is not shown a picture of before", () => {
    const hub = new Hub({ name: "desk" });
    hub.describe({ state: "live" });
    give(hub, 3);

    hub.describe({ state: "failed", error: openFault(forPeers`unplugged`) });
    const { seat } = join(hub);

    expect(take(seat)).toBeNull();
    give(hub, 1);
    expect(take(seat)).toBe(4);
    expect(seat.dropped).toBe(0);
  });
});

describe("a hub", () => {
  test("starts its source for the first viewer, and stops it after the last one's grace", async () => {
    const clock = new HandClock();
    const hub = new Hub({ name: "desk", graceMs: 5, clock });
    const source = new HandSource();
    hub.attach(source);

    expect(source.calls).toEqual([]);
    const first = join(hub);
    const second = join(hub);
    expect(source.calls).toEqual(["start"]);
    first.seat.close();
    first.seat.close();
    second.seat.close();

    await clock.pass(4);
    expect(source.calls).toEqual(["start"]);
    await clock.pass(1);

    expect(source.calls).toEqual(["start", "stop"]);
    expect(hub.description.state).toBe("idle");
    await hub.close();
  });

  test("does not stop its source when somebody joins within the grace", async () => {
    const clock = new HandClock();
    const hub = new Hub({ name: "desk", graceMs: 20, clock });
    const source = new HandSource();
    hub.attach(source);

    join(hub).seat.close();
    await clock.pass(19);
    const second = join(hub);
    await clock.pass(60_000);

    expect(source.calls).toEqual(["start"]);
    expect(clock.waiting).toBe(0);
    second.seat.close();
    await hub.close();
  });

  test("starts its source again for the next viewer", async () => {
    const clock = new HandClock();
    const hub = new Hub({ name: "desk", graceMs: 1, clock });
    const source = new HandSource();
    hub.attach(source);

    join(hub).seat.close();
    await clock.pass(1);
    join(hub);

    expect(source.calls).toEqual(["start", "stop", "start"]);
    await hub.close();
  });

  test.each([
    ["was told to", true, false],
    ["has a source that can't be paused", false, true],
  ])("runs its source without viewers when it %s", async (_, alwaysOn, sourceIsAlwaysOn) => {
    const clock = new HandClock();
    const hub = new Hub({ name: "desk", alwaysOn, graceMs: 1, clock });
    const source = new HandSource(sourceIsAlwaysOn);

    hub.attach(source);
    join(hub).seat.close();
    await clock.pass(60_000);

    expect(source.calls).toEqual(["start"]);
    await hub.close();
    expect(source.calls).toEqual(["start", "stop"]);
  });

  test("counts what viewers missed, also those that left", () => {
    const hub = new Hub({ name: "desk" });
    const { seat } = join(hub);
    give(hub, 1);
    take(seat);
    give(hub, 5);
    take(seat);

    seat.close();

    expect(hub.stats()).toMatchObject({ viewers: { count: 0 }, dropped: 4 });
    expect(hub.frameCount).toBe(6);
  });

  test("tells who came and went", () => {
    const events: string[] = [];
    const hub = new Hub({ name: "desk", onViewer: (event, seat) => events.push(`${event} ${seat.id}`) });

    const first = join(hub);
    const second = join(hub);
    first.seat.close();
    first.seat.close();
    second.seat.close();

    const [one, two] = [first.seat.id, second.seat.id];
    expect(two).toBe(one + 1);
    expect(events).toEqual([`joined ${one}`, `joined ${two}`, `left ${one}`, `left ${two}`]);
  });

  test("counts the time of failure until a picture comes, not until the next try", () => {
    const clock = new HandClock();
    const hub = new Hub({ name: "desk", clock });

    expect(hub.failedMs).toBe(0);
    hub.describe({ state: "failed", error: openFault(forPeers`unplugged`) });
    clock.advance(300);
    hub.describe({ state: "starting" });
    clock.advance(200);
    expect(hub.failedMs).toBe(500);
    hub.describe({ state: "live", error: null });

    expect(hub.failedMs).toBe(0);
  });

  test("holds one frame, however long a seat stalls", () => {
    const hub = new Hub({ name: "desk" });
    const { seat } = join(hub);
    give(hub, 1);
    take(seat);
    Bun.gc(true);
    const before = process.memoryUsage().arrayBuffers;

    for (let round = 0; round < 2000; round++) {
      hub.frame({ capturedAt: round, isKey: true, bytes: new Uint8Array(100_000) });
    }
    Bun.gc(true);
    const held = process.memoryUsage().arrayBuffers - before;

    expect(held).toBeLessThan(2_000_000);
    expect(take(seat)).toBe(2001);
    expect(seat.dropped).toBe(1999);
  });
});
