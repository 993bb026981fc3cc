import { describe, expect, test } from "bun:test";
import { barsAround, letterbox } from "../src/window/window.ts";
import { findCookie } from "../src/window/x11/authority.ts";
import { parseDisplay } from "../src/window/x11/display-name.ts";
import { Keymap } from "../src/window/x11/keymap.ts";
import { changeProperty, putImage } from "../src/window/x11/requests.ts";
import { decodeSetup, encodeSetup } from "../src/window/x11/setup.ts";

describe("DISPLAY", () => {
  test.each([
    [":0", { host: null, socketPath: null, display: 0, screen: 0 }],
    [":1.2", { host: null, socketPath: null, display: 1, screen: 2 }],
    ["unix:3", { host: null, socketPath: null, display: 3, screen: 0 }],
    ["desk:10.0", { host: "desk", socketPath: null, display: 10, screen: 0 }],
    ["tcp/desk:1", { host: "desk", socketPath: null, display: 1, screen: 0 }],
    ["[::1]:0", { host: "::1", socketPath: null, display: 0, screen: 0 }],
    ["/tmp/x/org.xquartz:0", { host: null, socketPath: "/tmp/x/org.xquartz", display: 0, screen: 0 }],
  ])("%s is understood", (text, display) => {
    expect(parseDisplay(text)).toEqual(display);
  });

  test.each(["", "0", "desk", ":", ":x", ":1.x"])('"%s" is none', (text) => {
    expect(parseDisplay(text)).toBeUndefined();
  });
});

describe("the cookie", () => {
  const entry = (family: number, address: string, display: string, name: string, data: number[]) => {
    const field = (bytes: Uint8Array) => [bytes.length >> 8, bytes.length & 0xff, ...bytes];
    const text = (value: string) => field(new TextEncoder().encode(value));
    return [
      family >> 8,
      family & 0xff,
      ...text(address),
      ...text(display),
      ...text(name),
      ...field(Uint8Array.from(data)),
    ];
  };
  const COOKIE = "MIT-MAGIC-COOKIE-1";

  test("is this machine's, of this display", () => {
    const file = Uint8Array.from([
      ...entry(256, "desk", "1", COOKIE, [1]),
      ...entry(256, "attic", "0", COOKIE, [2]),
      ...entry(256, "desk", "0", "XDM-AUTHORIZATION-1", [3]),
      ...entry(256, "desk", "0", COOKIE, [4]),
    ]);

    expect(findCookie(file, 0, "desk")?.data).toEqual(Uint8Array.of(4));
    expect(findCookie(file, 1, "desk")?.data).toEqual(Uint8Array.of(1));
    expect(findCookie(file, 2, "desk")).toBeUndefined();
  });

  test("may be for every machine and display", () => {
    const file = Uint8Array.from(entry(65_535, "", "", COOKIE, [7]));

    expect(findCookie(file, 5, "desk")).toEqual({ name: COOKIE, data: Uint8Array.of(7) });
  });

  test("is not read from a file that is cut short, at whatever place", () => {
    const whole = entry(256, "desk", "0", COOKIE, [1, 2, 3, 4]);

    for (let length = 0; length < whole.length; length++) {
      expect(findCookie(Uint8Array.from(whole.slice(0, length)), 0, "desk")).toBeUndefined();
    }
    expect(findCookie(Uint8Array.from(whole), 0, "desk")?.data).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test("goes into the first bytes of the connection, padded", () => {
    const bytes = encodeSetup({ name: "ab", data: Uint8Array.of(9) });

    expect([...bytes]).toEqual([0x6c, 0, 11, 0, 0, 0, 2, 0, 1, 0, 0, 0, 97, 98, 0, 0, 9, 0, 0, 0]);
  });
});

test("a server's refusal is told in its own words", () => {
  const words = "No protocol specified\n";
  const answer = Uint8Array.from([0, words.length, 11, 0, 0, 0, 6, 0, ...new TextEncoder().encode(words), 0, 0]);

  expect(() => decodeSetup(answer, 0)).toThrow("No protocol specified");
});

test("a request says its length in words, and a large one in a word of its own", () => {
  const small = changeProperty(1, 2, 3, 8, Uint8Array.of(1, 2, 3, 4, 5));
  const large = putImage(1, 2, 24, { x: 0, y: 0, width: 1000, height: 1000 });

  expect(small.length).toBe(32);
  expect(new DataView(small.buffer).getUint16(2, true)).toBe(8);
  expect(new DataView(large.buffer).getUint16(2, true)).toBe(0);
  expect(new DataView(large.buffer).getUint32(4, true)).toBe(7 + 1_000_000);
});

test("keys are called by their letter on every keyboard, and shortcuts are left to the desktop", () => {
  // Keys of four symbols: q with a Russian letter before it, Escape, and "/" with "?" in the first of two groups.
  const symbols = [0x6ca, 0x6ea, 0x71, 0x51, 0xff1b, 0, 0, 0, 0x2f, 0x3f, 0x2e, 0x2c];
  const reply = new DataView(new ArrayBuffer(32 + symbols.length * 4));
  reply.setUint8(1, 4);
  reply.setUint32(4, symbols.length, true);
  symbols.forEach((symbol, index) => {
    reply.setUint32(32 + index * 4, symbol, true);
  });
  const keymap = new Keymap(reply, 24);

  expect(keymap.name(24, 0)).toBe("q");
  expect(keymap.name(24, 1)).toBe("q");
  expect(keymap.name(25, 0)).toBe("Escape");
  expect(keymap.name(26, 0)).toBe("/");
  expect(keymap.name(26, 1)).toBe("?");
  expect(keymap.name(26, 0x2001)).toBe("/");
  expect(keymap.name(24, 0x4)).toBeUndefined();
  expect(keymap.name(99, 0)).toBeUndefined();
});

test("a picture fills the area in one direction, and bars the rest", () => {
  const area = { width: 700, height: 700 };
  const place = letterbox(area, { width: 640, height: 360 });
  const bars = barsAround(area, place);

  expect(place).toEqual({ x: 0, y: 153, width: 700, height: 394 });
  expect(bars).toEqual([
    { x: 0, y: 0, width: 700, height: 153 },
    { x: 0, y: 547, width: 700, height: 153 },
  ]);
  expect(barsAround(area, letterbox(area, area))).toEqual([]);
});
