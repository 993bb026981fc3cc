import { describe, expect, test } from "bun:test";
import { PacketQueue } from "../src/media.ts";
import { MIB } from "../src/units.ts";

const TINY = { bytes: Uint8Array.of(1) };
const LARGE = { bytes: new Uint8Array(MIB) };

describe("frames that wait", () => {
  test("are 512 at most, however small", () => {
    const queue = new PacketQueue();
    while (queue.hasRoomFor(TINY)) {
      queue.add(TINY, 0);
    }

    expect(queue.length).toBe(512);
    queue.add(TINY, 0);
    expect(queue.dropOld(0, 1000)).toBe(1);
    expect(queue.length).toBe(512);
  });

  test("are 16 MiB at most, with what each takes beside its bytes", () => {
    const queue = new PacketQueue();
    while (queue.hasRoomFor(LARGE)) {
      queue.add(LARGE, 0);
    }

    expect(queue.length).toBe(15);
    queue.add(LARGE, 0);
    queue.add(LARGE, 0);
    expect(queue.dropOld(0, 1000)).toBe(2);
  });

  test("go when they are too old, but for the newest", () => {
    const queue = new PacketQueue();
    queue.add(TINY, 0);
    queue.add(TINY, 100);
    queue.add(TINY, 200);

    expect(queue.dropOld(1150, 1000)).toBe(2);
    expect(queue.dropOld(9999, 1000)).toBe(0);
    expect(queue.length).toBe(1);
  });

  test("make room again when they are taken out", () => {
    const queue = new PacketQueue<typeof LARGE>();
    for (let count = 0; count < 15; count++) {
      queue.add(LARGE, 0);
    }

    expect(queue.shift()).toBe(LARGE);
    expect(queue.hasRoomFor(LARGE)).toBe(true);
    queue.add(LARGE, 0);
    expect(queue.clear()).toHaveLength(15);
    expect(queue.length).toBe(0);
    expect(queue.hasRoomFor(LARGE)).toBe(true);
    expect(queue.shift()).toBeUndefined();
  });
});
