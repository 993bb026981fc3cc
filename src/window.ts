/** A window of the system that shows pictures, with no library but the system's own. */

import { messageOf } from "./errors.ts";
import { noWindow } from "./window/no-window.ts";
import { TerminalWindow } from "./window/terminal-window.ts";
import type { Window, WindowOptions } from "./window/window.ts";

export { HeadlessWindow } from "./window/headless-window.ts";
export {
  barsAround,
  fitInto,
  type Layer,
  type Line,
  letterbox,
  type PixelMemory,
  type Window,
  type WindowEvent,
  type WindowOptions,
  type Words,
} from "./window/window.ts";

/** Opens a window. @throws LanvidError (display) that says why there can be none here */
export async function openWindow(options: WindowOptions): Promise<Window> {
  switch (process.platform) {
    case "darwin":
      throw noWindow("macOS has no window of lanvid's yet");
    case "win32": {
      const { Win32Window } = await import("./window/win32/win32-window.ts");
      return await Win32Window.open(options);
    }
    default: {
      const { X11Window } = await import("./window/x11/x11-window.ts");
      return await X11Window.open(options);
    }
  }
}

/** Why the display can show no window; null when it can. Nothing is opened. */
export async function whyNoDisplay(): Promise<string | null> {
  if (process.platform !== "linux") {
    return null;
  }
  try {
    const { openDisplay } = await import("./window/x11/open.ts");
    const { connection } = await openDisplay(process.env);
    connection.close();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** The terminal as a window. @throws LanvidError (display) when the output is none */
export function openTerminal(options: WindowOptions): Window {
  return new TerminalWindow(options, process.stdout, process.stdin);
}
