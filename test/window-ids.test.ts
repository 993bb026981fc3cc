import { expect, setDefaultTimeout, test } from "bun:test";
import type { PixelBuffer } from "../src/media.ts";
import { X11Window } from "../src/window/x11/x11-window.ts";
import type { WindowEvent, Words } from "../src/window.ts";
import { waitFor } from "./support/wait.ts";
import { SCREEN, Screen } from "./support/window-screen.ts";
import { XProxy } from "./support/x-proxy.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** A window on this display. */
async function windowOn(display: string, events: WindowEvent[]): Promise<X11Window> {
  const before = process.env["DISPLAY"];
  process.env["DISPLAY"] = display;
  try {
    const size = { width: 320, height: 180 };
    return await X11Window.open({ title: "ids", size, onEvent: (event) => events.push(event) });
  } finally {
    process.env["DISPLAY"] = before;
  }
}

async function centreOf(screen: Screen): Promise<number> {
  const { rgba } = await screen.picture();
  // Xvfb puts the first window of 320x180 into the upper left corner.
  return rgba[(90 * SCREEN.width + 160) * 4] as number;
}

test.each([0, 1, 2, 3])(
  "with all numbers that the server lends used up again and again, the screen shows what was presented last (%d)",
  async (texts) => {
    await using screen = await Screen.open();
    // 63 of them: a server lends two million, which last for four days of texts that change twice a second.
    await using proxy = new XProxy(screen.name, 0x3f);
    const events: WindowEvent[] = [];
    const window = await windowOn(proxy.name, events);
    const words = (count: number): Words[] => [
      { lines: [{ text: "x".repeat(1 + (count % 7)) }], place: "upper", dims: false },
      ...(count % 3 === 0 ? [{ lines: [{ text: "x" }], place: "lower", dims: false } as const] : []),
    ];
    for (let count = 0; count < texts; count++) {
      await window.setWords(words(count));
    }

    for (let turn = 0; turn < 5; turn++) {
      const size = { width: 320 - 2 * (turn % 2), height: 180 };
      const memory = await window.allocate(size, 2);
      for (let count = 0; count < 60; count++) {
        await window.setWords(count % 20 === 19 ? [] : words(count));
      }
      const grey = 100 + 30 * turn;
      const [buffer] = memory.buffers as [PixelBuffer];
      buffer.bytes.fill(grey);
      expect(await window.present(memory, buffer)).toBe(true);
      expect(await centreOf(screen)).toBe(grey);
      memory.close();
    }

    expect(events.filter(({ kind }) => kind === "fault")).toEqual([]);
    await window.close();
  },
);

test("what the server refuses is told at the first time, and then with its count now and then", async () => {
  await using screen = await Screen.open();
  await using proxy = new XProxy(screen.name, 0xffff);
  const events: WindowEvent[] = [];
  const window = await windowOn(proxy.name, events);

  for (let count = 0; count < 150; count++) {
    proxy.refuse(14, 53);
  }

  const faults = () => events.filter(({ kind }) => kind === "fault");
  await waitFor("three of them", () => faults().length >= 3);
  const reason = "the X server refuses request 53: error 14";
  expect(faults()).toEqual([1, 10, 100].map((count) => ({ kind: "fault", reason, count })));
  await window.close();
});
