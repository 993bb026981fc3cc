import { expect, test } from "bun:test";
import { HalfBlocks } from "../src/window/half-blocks.ts";
import { TerminalWindow } from "../src/window/terminal-window.ts";
import type { WindowEvent } from "../src/window.ts";
import { HandClock } from "./support/hand-clock.ts";
import { waitFor } from "./support/wait.ts";

const UPPER = [10, 20, 30, 255];
const LOWER = [40, 50, 60, 255];
const CORNER = { column: 1, line: 1 };

/** A terminal that says when it has drawn, if it is one that does. */
class FakeTerminal {
  readonly isTTY = true;
  readonly isRaw = true;
  columns = 20;
  rows = 6;
  text = "";
  writes = 0;
  /** Called with each thing that is asked. */
  onAsk: () => void = () => this.type("\x1b[1;1R");
  readonly #listeners = new Map<string, ((bytes: Uint8Array) => void)[]>();

  write(text: string, done?: () => void): boolean {
    this.text += text;
    this.writes += 1;
    if (text.endsWith("\x1b[6n")) {
      queueMicrotask(() => this.onAsk());
    }
    if (done !== undefined) {
      queueMicrotask(done);
    }
    return true;
  }

  on(event: string, listener: (bytes: Uint8Array) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  off(event: string, listener: (bytes: Uint8Array) => void): void {
    this.#listeners.set(
      event,
      (this.#listeners.get(event) ?? []).filter((one) => one !== listener),
    );
  }

  type(text: string): void {
    for (const listener of this.#listeners.get("data") ?? []) {
      listener(new TextEncoder().encode(text));
    }
  }

  become(columns: number, rows: number): void {
    [this.columns, this.rows] = [columns, rows];
    for (const listener of this.#listeners.get("resize") ?? []) {
      listener(new Uint8Array());
    }
  }
}

function open() {
  const terminal = new FakeTerminal();
  const events: WindowEvent[] = [];
  const clock = new HandClock();
  const onEvent = (event: WindowEvent) => events.push(event);
  const options = { title: "desk", size: { width: 1, height: 1 }, onEvent, clock };
  return { terminal, events, clock, window: new TerminalWindow(options, terminal, terminal) };
}

test("two pixels are one character, in colours of 24 bits", () => {
  const blocks = new HalfBlocks({ width: 1, height: 2 });

  const text = blocks.draw(Uint8Array.from([...UPPER, ...LOWER]), { column: 5, line: 3 });

  expect(text).toBe("\x1b[3;5H\x1b[38;2;30;20;10m\x1b[48;2;60;50;40m▀\x1b[0m");
});

test("what did not change is not drawn again, and noise is no change", () => {
  const blocks = new HalfBlocks({ width: 3, height: 2 });
  const picture = Uint8Array.from([...UPPER, ...UPPER, ...UPPER, ...LOWER, ...LOWER, ...LOWER]);
  blocks.draw(picture, CORNER);
  const noisy = picture.map((value, at) => (at % 4 === 3 ? value : value + 2));
  const changed = noisy.with(8, 200);

  expect(blocks.draw(picture, CORNER)).toBe("");
  expect(blocks.draw(noisy, CORNER)).toBe("");
  expect(blocks.draw(changed, CORNER)).toBe("\x1b[1;3H\x1b[38;2;32;22;200m\x1b[48;2;62;52;42m▀\x1b[0m");
});

test("a picture of an odd height ends with half a character", () => {
  const text = new HalfBlocks({ width: 1, height: 3 }).draw(Uint8Array.from([...UPPER, ...UPPER, ...LOWER]), CORNER);

  expect(text).toBe(
    "\x1b[1;1H\x1b[38;2;30;20;10m\x1b[48;2;30;20;10m▀\x1b[2;1H\x1b[38;2;60;50;40m\x1b[48;2;0;0;0m▀\x1b[0m",
  );
});

test("a picture counts as shown when the terminal has said that it has drawn it", async () => {
  const { terminal, window } = open();
  const memory = await window.allocate({ width: 4, height: 4 }, 1);
  let answer = () => {};
  terminal.onAsk = () => {
    answer = () => terminal.type("\x1b[6;1R");
  };
  let isShown = false;

  const showing = window.present(memory, memory.buffers[0] as never).then(() => {
    isShown = true;
  });
  await Bun.sleep(0);
  const before = isShown;
  answer();
  await showing;

  expect(before).toBe(false);
  expect(isShown).toBe(true);
});

test("a terminal that never answers is asked once", async () => {
  const { terminal, clock, window } = open();
  terminal.onAsk = () => undefined;
  const memory = await window.allocate({ width: 4, height: 4 }, 1);

  const first = window.present(memory, memory.buffers[0] as never);
  await clock.pass(1000);

  expect(await first).toBe(true);
  expect(await window.present(memory, memory.buffers[0] as never)).toBe(true);
  expect(clock.waiting).toBe(0);

  expect(terminal.text.split("\x1b[6n").length - 1).toBe(1);
});

test("an answer that comes in pieces is one, and a lost one holds nothing up for ever", async () => {
  const { terminal, events, clock, window } = open();
  const memory = await window.allocate({ width: 4, height: 4 }, 1);
  terminal.onAsk = () => {
    terminal.type("\x1b[6;");
    terminal.type("1R");
  };
  await window.present(memory, memory.buffers[0] as never);
  terminal.onAsk = () => undefined;
  let isShown = false;

  const showing = window.present(memory, memory.buffers[0] as never).then((shown) => {
    isShown = shown;
  });
  await clock.pass(4999);
  const before = isShown;
  await clock.pass(1);
  await showing;

  expect(before).toBe(false);
  expect(isShown).toBe(true);
  expect(events).toEqual([]);
});

test("pictures fit above the last line, which holds the words; keys and sizes are told", async () => {
  const { terminal, events, window } = open();

  expect(window.pictureSize({ width: 1280, height: 720 })).toEqual({ width: 18, height: 10 });
  await window.setWords([{ lines: [{ text: "waiting" }, { text: "for desk" }], place: "centre", dims: true }]);
  terminal.type("q");
  terminal.type("\x1b");
  terminal.type("\r");
  terminal.type("\x1bOP");
  terminal.become(200, 51);

  expect(terminal.text).toContain("\x1b[6;1H\x1b[0m\x1b[2Kwaiting · for desk".slice(0, -3));
  expect(window.pictureSize({ width: 1280, height: 720 })).toEqual({ width: 178, height: 100 });
  expect(events).toEqual([
    { kind: "key", key: "q" },
    { kind: "key", key: "Escape" },
    { kind: "key", key: "Enter" },
    { kind: "key", key: "F1" },
    { kind: "resize", size: { width: 200, height: 100 } },
  ]);
});

test.each([
  ["iS", ["i", "s"]],
  ["i\r", ["i", "Enter"]],
  ["i\x1b[6;", ["i"]],
  ["i\x1b[1;1R", ["i"]],
  ["\x1b[A", []],
  ["\x1bx", []],
  ["", []],
])("of %j, which came at once, the keys are %j", (typed, keys) => {
  const { terminal, events } = open();

  terminal.type(typed);

  expect(events).toEqual(keys.map((key) => ({ kind: "key", key })));
});

test("a line of wide characters does not go over the edge", () => {
  const { terminal, window } = open();

  window.setTitle("書斎".repeat(20));

  const title = terminal.text.slice(terminal.text.lastIndexOf("\x1b[2K"));
  expect(Bun.stringWidth(title)).toBeWithin(18, 20);
});

test("words that need several lines stand over the picture, which is seen again when they go", async () => {
  const { terminal, window } = open();
  const memory = await window.allocate({ width: 4, height: 10 }, 1);
  const block = (...lines: string[]) =>
    ({ lines: lines.map((text) => ({ text })), place: "lower", dims: false }) as const;
  await window.present(memory, memory.buffers[0] as never);

  terminal.text = "";
  await window.setWords([block("frozen at 16:17:12"), block("s\tsave", "q\tquit", "i\tdetails")]);
  const over = terminal.text;
  terminal.text = "";
  await window.setWords([block("frozen at 16:17:12")]);

  expect(over).toBe(
    [
      "\x1b[4;1H\x1b[0m\x1b[2Kfrozen at 16:17:12",
      "\x1b[5;1H\x1b[0m\x1b[2Ks save · q quit",
      "\x1b[6;1H\x1b[0m\x1b[2Ki details",
    ].join(""),
  );
  expect(terminal.text.split("▀")).toHaveLength(1 + 4 * 5);
  expect(terminal.text).toContain("\x1b[6;1H\x1b[0m\x1b[2Kfrozen at 16:17:12");
});

test("the terminal is as it was afterwards", async () => {
  const { terminal, window } = open();

  await window.close();
  const { writes } = terminal;
  await window.setWords([{ lines: [{ text: "late" }], place: "lower", dims: false }]);

  expect(terminal.text.startsWith("\x1b[?1049h\x1b[?25l")).toBe(true);
  expect(terminal.text.endsWith("\x1b[?25h\x1b[?1049l")).toBe(true);
  await waitFor("nothing more", () => terminal.writes === writes);
});
