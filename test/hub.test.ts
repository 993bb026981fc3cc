import { describe, expect, test } from "bun:test";
import { forPeers, openFault } from "../src/errors.ts";
import type { Source, SourceSink, StreamDescription } from "../src/media.ts";
import { type Subscription, Track } from "../src/stream.ts";
import { HandClock } from "./support/hand-clock.ts";

/** A source that gives what the test tells it to, and notes what it was asked. */
class HandSource implements Source {
  readonly kind = "test";
  readonly codec = "mjpeg";
  readonly name = "by hand";
  readonly calls: string[] = [];
  sink: SourceSink | undefined;

  constructor(readonly alwaysOn = false) {}

  start(sink: SourceSink): void {
    this.calls.push("start");
    this.sink = sink;
  }

  async stop(): Promise<void> {
    this.calls.push("stop");
  }
}

interface Viewer {
  readonly subscription: Subscription;
  readonly heard: StreamDescription[];
  readonly ends: string[];
  ready: number;
}

function join(track: Track): Viewer {
  const heard: StreamDescription[] = [];
  const ends: string[] = [];
  const viewer = { heard, ends, ready: 0 };
  const subscription = track.subscribe("lanvid", "10.0.0.4", {
    packetReady: () => {
      viewer.ready += 1;
    },
    described: (description) => heard.push(description),
    ended: ({ message }) => ends.push(message),
  });
  return Object.assign(viewer, { subscription });
}

function give(track: Track, count: number): void {
  for (let index = 0; index < count; index++) {
    track.frame({ capturedAt: index, isKey: true, bytes: Uint8Array.of(index % 256) });
  }
}

/** Takes the frame that is due, and says its number; null when none is. */
function take(subscription: Subscription): number | null {
  const frame = subscription.peek();
  if (frame !== null) {
    subscription.take(frame);
  }
  return frame?.sequence ?? null;
}

describe("a seat", () => {
  test("gets the newest frame, and the count of those it missed", () => {
    const track = new Track({ name: "desk" });
    const { subscription } = join(track);

    give(track, 1);
    expect(take(subscription)).toBe(1);
    give(track, 9);

    expect(take(subscription)).toBe(10);
    expect(subscription.dropped).toBe(8);
    expect(take(subscription)).toBeNull();
  });

  test("that joins gets the current frame at once, and misses nothing of before", () => {
    const track = new Track({ name: "desk" });
    give(track, 5);

    const { subscription } = join(track);

    expect(take(subscription)).toBe(5);
    expect(subscription.dropped).toBe(0);
    expect(take(subscription)).toBeNull();
  });

  test("costs the others nothing when it takes none", () => {
    const track = new Track({ name: "desk" });
    const slow = join(track);
    const fast = join(track);

    const taken = Array.from({ length: 10 }, () => {
      give(track, 1);
      return take(fast.subscription);
    });

    expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(fast.subscription.dropped).toBe(0);
    expect([slow.ready, fast.ready]).toEqual([10, 10]);
  });

  test("is told of each change of the stream once", () => {
    const track = new Track({ name: "desk" });
    const { heard, subscription } = join(track);

    track.describe({ state: "starting" });
    track.describe({ state: "starting" });
    track.describe({ state: "live", codec: "mjpeg", width: 640, height: 480 });

    expect(heard.map(({ state }) => state)).toEqual(["starting", "live"]);
    expect(subscription.description).toEqual(track.description);
  });

  test("is told when the stream is over", () => {
    const track = new Track({ name: "desk" });
    const { ends } = join(track);

    track.ended(openFault(forPeers`the file ended`));

    expect(ends).toEqual(["the file ended"]);
  });

  test("that joins when the stream is over is told as well, unless it has left by then", async () => {
    const track = new Track({ name: "desk" });
    track.ended(openFault(forPeers`the file ended`));

    const { ends } = join(track);
    const left = join(track);
    left.subscription.close();
    await Promise.resolve();

    expect([ends, left.ends]).toEqual([["the file ended"], []]);
  });

  test("that joins after the source stopped is not shown a picture of before", () => {
    const track = new Track({ name: "desk" });
    track.describe({ state: "live" });
    give(track, 3);

    track.describe({ state: "failed", error: openFault(forPeers`unplugged`) });
    const { subscription } = join(track);

    expect(take(subscription)).toBeNull();
    give(track, 1);
    expect(take(subscription)).toBe(4);
    expect(subscription.dropped).toBe(0);
  });
});

describe("a hub", () => {
  test("starts its source for the first viewer, and stops it after the last one's grace", async () => {
    const clock = new HandClock();
    const track = new Track({ name: "desk", graceMs: 5, clock });
    const source = new HandSource();
    track.attach(source);

    expect(source.calls).toEqual([]);
    const first = join(track);
    const second = join(track);
    expect(source.calls).toEqual(["start"]);
    first.subscription.close();
    first.subscription.close();
    second.subscription.close();

    await clock.pass(4);
    expect(source.calls).toEqual(["start"]);
    await clock.pass(1);

    expect(source.calls).toEqual(["start", "stop"]);
    expect(track.description.state).toBe("idle");
    await track.close();
  });

  test("does not stop its source when somebody joins within the grace", async () => {
    const clock = new HandClock();
    const track = new Track({ name: "desk", graceMs: 20, clock });
    const source = new HandSource();
    track.attach(source);

    join(track).subscription.close();
    await clock.pass(19);
    const second = join(track);
    await clock.pass(60_000);

    expect(source.calls).toEqual(["start"]);
    expect(clock.waiting).toBe(0);
    second.subscription.close();
    await track.close();
  });

  test("starts its source again for the next viewer", async () => {
    const clock = new HandClock();
    const track = new Track({ name: "desk", graceMs: 1, clock });
    const source = new HandSource();
    track.attach(source);

    join(track).subscription.close();
    await clock.pass(1);
    join(track);

    expect(source.calls).toEqual(["start", "stop", "start"]);
    await track.close();
  });

  test.each([
    ["was told to", true, false],
    ["has a source that can't be paused", false, true],
  ])("runs its source without viewers when it %s", async (_, alwaysOn, sourceIsAlwaysOn) => {
    const clock = new HandClock();
    const track = new Track({ name: "desk", alwaysOn, graceMs: 1, clock });
    const source = new HandSource(sourceIsAlwaysOn);

    track.attach(source);
    join(track).subscription.close();
    await clock.pass(60_000);

    expect(source.calls).toEqual(["start"]);
    await track.close();
    expect(source.calls).toEqual(["start", "stop"]);
  });

  test("counts what viewers missed, also those that left", () => {
    const track = new Track({ name: "desk" });
    const { subscription } = join(track);
    give(track, 1);
    take(subscription);
    give(track, 5);
    take(subscription);

    subscription.close();

    expect(track.stats()).toMatchObject({ viewers: { count: 0 }, dropped: 4 });
    expect(track.frameCount).toBe(6);
  });

  test("tells who came and went", () => {
    const events: string[] = [];
    const track = new Track({
      name: "desk",
      onViewer: (event, subscription) => events.push(`${event} ${subscription.id}`),
    });

    const first = join(track);
    const second = join(track);
    first.subscription.close();
    first.subscription.close();
    second.subscription.close();

    const [one, two] = [first.subscription.id, second.subscription.id];
    expect(two).toBe(one + 1);
    expect(events).toEqual([`joined ${one}`, `joined ${two}`, `left ${one}`, `left ${two}`]);
  });

  test("counts the time of failure until a picture comes, not until the next try", () => {
    const clock = new HandClock();
    const track = new Track({ name: "desk", clock });

    expect(track.failedMs).toBe(0);
    track.describe({ state: "failed", error: openFault(forPeers`unplugged`) });
    clock.advance(300);
    track.describe({ state: "starting" });
    clock.advance(200);
    expect(track.failedMs).toBe(500);
    track.describe({ state: "live", error: null });

    expect(track.failedMs).toBe(0);
  });

  test("holds one frame, however long a seat stalls", () => {
    const track = new Track({ name: "desk" });
    const { subscription } = join(track);
    give(track, 1);
    take(subscription);
    Bun.gc(true);
    const before = process.memoryUsage().arrayBuffers;

    for (let round = 0; round < 2000; round++) {
      track.frame({ capturedAt: round, isKey: true, bytes: new Uint8Array(100_000) });
    }
    Bun.gc(true);
    const held = process.memoryUsage().arrayBuffers - before;

    expect(held).toBeLessThan(2_000_000);
    expect(take(subscription)).toBe(2001);
    expect(subscription.dropped).toBe(1999);
  });
});
