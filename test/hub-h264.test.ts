import { describe, expect, test } from "bun:test";
import { Hub, type Seat } from "../src/hub.ts";
import type { FrameSink, FrameSource } from "../src/media.ts";
import { HandClock } from "./support/hand-clock.ts";

/** Stands still but where a test says otherwise. */
const clock = new HandClock();

/** An H.264 stream by hand: "K" is a key frame, "P" one that builds on the frames before it. */
function film(hub: Hub, pattern: string, options: { readonly ageMs?: number; readonly byteCount?: number } = {}): void {
  const { ageMs = 0, byteCount = 10 } = options;
  for (const kind of pattern) {
    const capturedAt = clock.micros() - ageMs * 1000;
    hub.frame({ capturedAt, isKey: kind === "K", bytes: new Uint8Array(byteCount) });
  }
}

function h264Hub(): Hub {
  const hub = new Hub({ name: "desk", clock });
  hub.describe({ codec: "h264", state: "live" });
  return hub;
}

function join(hub: Hub, maxDelayMs = 250): Seat {
  return hub.seat("lanvid", null, { frameReady() {}, described() {}, ended() {} }, { maxDelayMs });
}

/** Takes all that is due: its numbers, in brackets those that are only to be decoded. */
function takeAll(seat: Seat): string {
  const taken: string[] = [];
  for (let frame = seat.peek(); frame !== null; frame = seat.peek()) {
    taken.push(seat.isPreroll(frame) ? `(${frame.sequence})` : String(frame.sequence));
    seat.take(frame);
  }
  return taken.join(" ");
}

describe("a seat at an H.264 stream", () => {
  test("is first given the frames since the last key frame, all but the newest as preroll", () => {
    const hub = h264Hub();
    film(hub, "KPPPKPP");

    const seat = join(hub);

    expect(takeAll(seat)).toBe("(5) (6) 7");
    expect(seat.dropped).toBe(0);
  });

  test("gets nothing as long as there is no key frame to begin with", () => {
    const hub = h264Hub();
    film(hub, "PPP");
    const seat = join(hub);

    expect(takeAll(seat)).toBe("");
    film(hub, "KP");
    expect(takeAll(seat)).toBe("(4) 5");
  });

  test("then gets each frame in order, over a key frame as well", () => {
    const hub = h264Hub();
    film(hub, "K");
    const seat = join(hub);
    takeAll(seat);

    film(hub, "PPKP");

    expect(takeAll(seat)).toBe("2 3 4 5");
    expect(seat.dropped).toBe(0);
  });

  test("goes on at the newest key frame when the next frame is too old, and counts what it missed", () => {
    const hub = h264Hub();
    film(hub, "K");
    const seat = join(hub);
    takeAll(seat);

    film(hub, "PP", { ageMs: 300 });
    film(hub, "KP");

    expect(takeAll(seat)).toBe("4 5");
    expect(seat.dropped).toBe(2);
  });

  test("gets nothing when all that it could go on with is too old, until the next key frame", () => {
    const hub = h264Hub();
    film(hub, "K");
    const seat = join(hub);
    takeAll(seat);

    film(hub, "PKP", { ageMs: 300 });
    film(hub, "PP");

    expect(takeAll(seat)).toBe("");
    film(hub, "K");
    expect(takeAll(seat)).toBe("7");
  });

  test("keeps to its own limit of delay", () => {
    const hub = h264Hub();
    film(hub, "K");
    const [patient, hasty] = [join(hub, 1000), join(hub, 100)];
    takeAll(patient);
    takeAll(hasty);

    film(hub, "P", { ageMs: 200 });

    expect(takeAll(patient)).toBe("2");
    expect(takeAll(hasty)).toBe("");
  });

  test("that is still joining begins anew at a newer key frame, and shows that", () => {
    const hub = h264Hub();
    film(hub, "KPP");
    const seat = join(hub);
    const first = seat.peek();
    expect(first?.sequence).toBe(1);
    seat.take(first as NonNullable<typeof first>);

    film(hub, "KP");

    expect(takeAll(seat)).toBe("4 5");
    expect(seat.dropped).toBe(0);
  });

  test("passes on what its source marks as preroll", () => {
    const hub = h264Hub();
    const seat = join(hub);

    hub.frame({ capturedAt: clock.micros(), isKey: true, isPreroll: true, bytes: new Uint8Array(1) });

    expect(takeAll(seat)).toBe("(1)");
  });

  test.each([
    ["16 MiB", 2 ** 20, 64, 15],
    ["512 frames, whatever times they claim", 1, 4000, 512],
  ])("that stalls makes the hub hold no more than 2 s and %s", (_, byteCount, count, most) => {
    const hub = h264Hub();
    const weak: WeakRef<Uint8Array>[] = [];
    join(hub);

    for (let index = 0; index < count; index++) {
      const bytes = new Uint8Array(byteCount);
      weak.push(new WeakRef(bytes));
      hub.frame({ capturedAt: 1, isKey: index === 0, bytes });
    }
    Bun.gc(true);

    // The collector leaves a few for later.
    const held = weak.filter((ref) => ref.deref() !== undefined).length;
    expect(held).toBeWithin(most, most * 1.5);
  });

  test("moves to another form as the same viewer, and joins it there", () => {
    const left: string[] = [];
    const hub = new Hub({ name: "desk", onViewer: (event) => left.push(event), clock });
    hub.describe({ codec: "h264", state: "live" });
    const half = h264Hub();
    hub.addRendition(half);
    film(hub, "KP");
    film(half, "KPP");
    const seat = join(hub);
    takeAll(seat);

    half.adopt(seat);

    expect(takeAll(seat)).toBe("(1) (2) 3");
    expect(hub.viewers().map(({ id }) => id)).toEqual([seat.id]);
    expect(left).toEqual(["joined"]);
    seat.close();
    expect(hub.viewers()).toEqual([]);
  });
});

class HandSource implements FrameSource {
  readonly kind = "test";
  readonly codec = "h264";
  readonly name = "by hand";
  readonly alwaysOn = false;
  isRunning = false;

  constructor(private readonly from: Hub | null = null) {}
  #seat: Seat | null = null;

  start(_sink: FrameSink): void {
    this.isRunning = true;
    this.#seat = this.from?.seat("rendition", null, { frameReady() {}, described() {}, ended() {} }) ?? null;
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    this.#seat?.close();
  }
}

describe("a seat whose viewer's link is slow", () => {
  /** What a key frame takes there is what frames that build on it are older by. */
  const pace = { slackMs: (byteCount: number) => (byteCount > 100 ? 0 : 300) };

  test("goes on in order with frames that will be there no later than a key frame would", () => {
    const hub = h264Hub();
    film(hub, "K", { byteCount: 1000 });
    const seat = join(hub);
    takeAll(seat);
    film(hub, "P", { ageMs: 400 });

    expect(seat.peek()).toBeNull();
    expect(seat.peek(pace)?.sequence).toBe(2);
  });

  test("goes on at a key frame only if that itself is in time", () => {
    const hub = h264Hub();
    film(hub, "K", { byteCount: 1000 });
    const seat = join(hub);
    takeAll(seat);
    film(hub, "P", { ageMs: 900 });
    film(hub, "K", { ageMs: 400, byteCount: 1000 });
    film(hub, "P", { ageMs: 300 });
    expect(seat.peek(pace)).toBeNull();

    film(hub, "K", { ageMs: 10, byteCount: 1000 });

    expect(seat.peek(pace)?.sequence).toBe(5);
  });
});

test("a rendition nobody watches any more does not keep the original running", async () => {
  const hub = new Hub({ name: "desk", graceMs: 20, clock });
  const half = new Hub({ name: "desk", graceMs: 20, clock });
  hub.addRendition(half);
  const [source, made] = [new HandSource(), new HandSource(hub)];
  hub.attach(source);
  half.attach(made);
  const seat = join(half);
  expect([source.isRunning, made.isRunning]).toEqual([true, true]);

  seat.close();
  await clock.pass(19);
  expect([source.isRunning, made.isRunning]).toEqual([true, true]);
  await clock.pass(1);

  expect([source.isRunning, made.isRunning]).toEqual([false, false]);
  const again = join(half);
  expect([source.isRunning, made.isRunning]).toEqual([true, true]);
  again.close();
});
