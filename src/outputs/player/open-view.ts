import { LanvidError, messageOf } from "../../errors.ts";
import { findFfmpeg } from "../../ffmpeg.ts";
import type { Log } from "../../log.ts";
import { type Clock, systemClock } from "../../time.ts";
import { openTerminal, openWindow } from "../../window.ts";
import type { View, ViewSource } from "./view.ts";
import { WindowView, type WindowViewOptions } from "./window-view.ts";

/** - `auto`: a window where there can be one, else the browser */
export type ViewKind = "auto" | "window" | "browser" | "terminal" | "none";

export interface OpenViewOptions {
  readonly view: ViewKind;
  readonly name: string;
  readonly ffmpegPath: string | undefined;
  readonly log: Log;
  readonly clock?: Clock;
}

/** Where the stream is shown; `page`: in a browser, and why in no window, where one was tried. */
export type OpenedView =
  | { readonly kind: "none" }
  | { readonly kind: "page"; readonly why: string | null }
  | { readonly kind: "view"; readonly view: View };

/** @throws LanvidError (display) when there can be no such view here */
export async function openView(options: OpenViewOptions, source: ViewSource): Promise<OpenedView> {
  const { view, name, ffmpegPath, log, clock = systemClock } = options;
  switch (view) {
    case "none":
      return { kind: "none" };
    case "browser":
      return { kind: "page", why: null };
    case "terminal":
      return {
        kind: "view",
        view: await openTerminalView({ ...source, name, ffmpeg: findFfmpeg(ffmpegPath), log, clock }),
      };
    case "window":
    case "auto":
      try {
        return {
          kind: "view",
          view: await openWindowView(() => ({ ...source, name, ffmpeg: findFfmpeg(ffmpegPath), log, clock })),
        };
      } catch (error) {
        if (view === "auto") {
          return { kind: "page", why: messageOf(error) };
        }
        if (error instanceof LanvidError && error.kind !== "display") {
          throw error;
        }
        throw new LanvidError("no-display", "display", `cannot open a window: ${messageOf(error)}`, {
          cause: error,
          hint: "show it in a browser with --view browser, or in this terminal with --view terminal",
        });
      }
    default:
      return view satisfies never;
  }
}

type Shown = Omit<WindowViewOptions, "open">;

async function openWindowView(options: () => Shown): Promise<View> {
  const why = whyNoWindow(process.platform, process.env);
  if (why !== null) {
    throw new LanvidError("no-window", "display", why);
  }
  return await WindowView.open({ ...options(), open: openWindow });
}

async function openTerminalView(options: Shown): Promise<View> {
  try {
    return await WindowView.open({ ...options, open: openTerminal });
  } catch (cause) {
    throw new LanvidError("no-display", "display", `cannot show it in the terminal: ${messageOf(cause)}`, {
      cause,
      hint: "run it directly in a terminal, without redirecting its output",
    });
  }
}

/** Why there can be no window on such a system; null when one can be tried. */
export function whyNoWindow(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  switch (platform) {
    case "win32":
      return null;
    case "darwin":
      return "there is no window for macOS yet";
    default:
      if (env["DISPLAY"]) {
        return null;
      }
      return env["WAYLAND_DISPLAY"] ? "DISPLAY is not set, so there is no Xwayland" : "DISPLAY is not set";
  }
}
