import { describe, expect, test } from "bun:test";
import type { Source, SourceSink } from "../src/media.ts";
import { type Subscription, Track } from "../src/stream.ts";
import { HandClock } from "./support/hand-clock.ts";

/** Stands still but where a test says otherwise. */
const clock = new HandClock();

/** An H.264 stream by hand: "K" is a key frame, "P" one that builds on the frames before it. */
function film(
  track: Track,
  pattern: string,
  options: { readonly ageMs?: number; readonly byteCount?: number } = {},
): void {
  const { ageMs = 0, byteCount = 10 } = options;
  for (const kind of pattern) {
    const capturedAt = clock.micros() - ageMs * 1000;
    track.frame({ capturedAt, isKey: kind === "K", bytes: new Uint8Array(byteCount) });
  }
}

function h264Hub(): Track {
  const track = new Track({ name: "desk", clock });
  track.describe({ codec: "h264", state: "live" });
  return track;
}

function join(track: Track, maxDelayMs = 250): Subscription {
  return track.subscribe("lanvid", null, { packetReady() {}, described() {}, ended() {} }, { maxDelayMs });
}

/** Takes all that is due: its numbers, in brackets those that are only to be decoded. */
function takeAll(subscription: Subscription): string {
  const taken: string[] = [];
  for (let frame = subscription.peek(); frame !== null; frame = subscription.peek()) {
    taken.push(subscription.isPreroll(frame) ? `(${frame.sequence})` : String(frame.sequence));
    subscription.take(frame);
  }
  return taken.join(" ");
}

describe("a seat at an H.264 stream", () => {
  test("is first given the frames since the last key frame, all but the newest as preroll", () => {
    const track = h264Hub();
    film(track, "KPPPKPP");

    const subscription = join(track);

    expect(takeAll(subscription)).toBe("(5) (6) 7");
    expect(subscription.dropped).toBe(0);
  });

  test("gets nothing as long as there is no key frame to begin with", () => {
    const track = h264Hub();
    film(track, "PPP");
    const subscription = join(track);

    expect(takeAll(subscription)).toBe("");
    film(track, "KP");
    expect(takeAll(subscription)).toBe("(4) 5");
  });

  test("then gets each frame in order, over a key frame as well", () => {
    const track = h264Hub();
    film(track, "K");
    const subscription = join(track);
    takeAll(subscription);

    film(track, "PPKP");

    expect(takeAll(subscription)).toBe("2 3 4 5");
    expect(subscription.dropped).toBe(0);
  });

  test("goes on at the newest key frame when the next frame is too old, and counts what it missed", () => {
    const track = h264Hub();
    film(track, "K");
    const subscription = join(track);
    takeAll(subscription);

    film(track, "PP", { ageMs: 300 });
    film(track, "KP");

    expect(takeAll(subscription)).toBe("4 5");
    expect(subscription.dropped).toBe(2);
  });

  test("gets nothing when all that it could go on with is too old, until the next key frame", () => {
    const track = h264Hub();
    film(track, "K");
    const subscription = join(track);
    takeAll(subscription);

    film(track, "PKP", { ageMs: 300 });
    film(track, "PP");

    expect(takeAll(subscription)).toBe("");
    film(track, "K");
    expect(takeAll(subscription)).toBe("7");
  });

  test("keeps to its own limit of delay", () => {
    const track = h264Hub();
    film(track, "K");
    const [patient, hasty] = [join(track, 1000), join(track, 100)];
    takeAll(patient);
    takeAll(hasty);

    film(track, "P", { ageMs: 200 });

    expect(takeAll(patient)).toBe("2");
    expect(takeAll(hasty)).toBe("");
  });

  test("that is still joining begins anew at a newer key frame, and shows that", () => {
    const track = h264Hub();
    film(track, "KPP");
    const subscription = join(track);
    const first = subscription.peek();
    expect(first?.sequence).toBe(1);
    subscription.take(first as NonNullable<typeof first>);

    film(track, "KP");

    expect(takeAll(subscription)).toBe("4 5");
    expect(subscription.dropped).toBe(0);
  });

  test("passes on what its source marks as preroll", () => {
    const track = h264Hub();
    const subscription = join(track);

    track.frame({ capturedAt: clock.micros(), isKey: true, isPreroll: true, bytes: new Uint8Array(1) });

    expect(takeAll(subscription)).toBe("(1)");
  });

  test.each([
    ["16 MiB", 2 ** 20, 64, 15],
    ["512 frames, whatever times they claim", 1, 4000, 512],
  ])("that stalls makes the hub hold no more than 2 s and %s", (_, byteCount, count, most) => {
    const track = h264Hub();
    const weak: WeakRef<Uint8Array>[] = [];
    join(track);

    for (let index = 0; index < count; index++) {
      const bytes = new Uint8Array(byteCount);
      weak.push(new WeakRef(bytes));
      track.frame({ capturedAt: 1, isKey: index === 0, bytes });
    }
    Bun.gc(true);

    // The collector leaves a few for later.
    const held = weak.filter((ref) => ref.deref() !== undefined).length;
    expect(held).toBeWithin(most, most * 1.5);
  });

  test("moves to another form as the same viewer, and joins it there", () => {
    const left: string[] = [];
    const track = new Track({ name: "desk", onViewer: (event) => left.push(event), clock });
    track.describe({ codec: "h264", state: "live" });
    const half = h264Hub();
    track.addRendition(half);
    film(track, "KP");
    film(half, "KPP");
    const subscription = join(track);
    takeAll(subscription);

    half.adopt(subscription);

    expect(takeAll(subscription)).toBe("(1) (2) 3");
    expect(track.viewers().map(({ id }) => id)).toEqual([subscription.id]);
    expect(left).toEqual(["joined"]);
    subscription.close();
    expect(track.viewers()).toEqual([]);
  });
});

class HandSource implements Source {
  readonly kind = "test";
  readonly codec = "h264";
  readonly name = "by hand";
  readonly alwaysOn = false;
  isRunning = false;

  constructor(private readonly from: Track | null = null) {}
  #subscription: Subscription | null = null;

  start(_sink: SourceSink): void {
    this.isRunning = true;
    this.#subscription =
      this.from?.subscribe("rendition", null, { packetReady() {}, described() {}, ended() {} }) ?? null;
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    this.#subscription?.close();
  }
}

describe("a seat whose viewer's link is slow", () => {
  /** What a key frame takes there is what frames that build on it are older by. */
  const pace = { slackMs: (byteCount: number) => (byteCount > 100 ? 0 : 300) };

  test("goes on in order with frames that will be there no later than a key frame would", () => {
    const track = h264Hub();
    film(track, "K", { byteCount: 1000 });
    const subscription = join(track);
    takeAll(subscription);
    film(track, "P", { ageMs: 400 });

    expect(subscription.peek()).toBeNull();
    expect(subscription.peek(pace)?.sequence).toBe(2);
  });

  test("goes on at a key frame only if that itself is in time", () => {
    const track = h264Hub();
    film(track, "K", { byteCount: 1000 });
    const subscription = join(track);
    takeAll(subscription);
    film(track, "P", { ageMs: 900 });
    film(track, "K", { ageMs: 400, byteCount: 1000 });
    film(track, "P", { ageMs: 300 });
    expect(subscription.peek(pace)).toBeNull();

    film(track, "K", { ageMs: 10, byteCount: 1000 });

    expect(subscription.peek(pace)?.sequence).toBe(5);
  });
});

test("a rendition nobody watches any more does not keep the original running", async () => {
  const track = new Track({ name: "desk", graceMs: 20, clock });
  const half = new Track({ name: "desk", graceMs: 20, clock });
  track.addRendition(half);
  const [source, made] = [new HandSource(), new HandSource(track)];
  track.attach(source);
  half.attach(made);
  const subscription = join(half);
  expect([source.isRunning, made.isRunning]).toEqual([true, true]);

  subscription.close();
  await clock.pass(19);
  expect([source.isRunning, made.isRunning]).toEqual([true, true]);
  await clock.pass(1);

  expect([source.isRunning, made.isRunning]).toEqual([false, false]);
  const again = join(half);
  expect([source.isRunning, made.isRunning]).toEqual([true, true]);
  again.close();
});
