import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { codecName, type StreamDescription } from "../media.ts";
import { formatBitRate, formatDuration } from "../units.ts";
import type { Window, Words } from "../window.ts";
import type { ViewSource } from "./view.ts";

/** A picture that stands still for so long is said to. ms */
const STILL_MS = 2000;
/** How long a note stays, ms. */
const NOTE_MS = 2500;

export interface OverlayOptions extends Pick<ViewSource, "figures"> {
  readonly name: string;
  readonly log: Log;
}

/** The window's words: its title, what stands over the picture, and what stands there while there is none. */
export class Overlay {
  readonly #window: Window;
  readonly #options: OverlayOptions;
  #description: Partial<StreamDescription> = { state: "starting" };
  #lost: string | null = null;
  #wasConnected = false;
  #shownAt = 0;
  #isVisible = false;
  #isFrozen = false;
  #note: { readonly text: string; readonly until: number } | null = null;
  #title = "";
  #drawn = "";
  #isDrawing = false;
  #canDraw = true;

  constructor(window: Window, options: OverlayOptions) {
    this.#window = window;
    this.#options = options;
    this.refresh(false);
  }

  describe(change: Partial<StreamDescription>): void {
    this.#wasConnected = true;
    this.#lost = null;
    this.#description = { ...this.#description, ...change };
    this.#update();
  }

  /** There is no connection, and why. */
  lost(reason: string): void {
    this.#lost = reason;
    this.#update();
  }

  /** A picture is on the screen. */
  shown(): void {
    const isNews = this.#shownAt === 0 || this.#lost !== null || this.#description.state !== "live";
    this.#shownAt = performance.now();
    if (isNews || this.#drawn.startsWith("message")) {
      this.#lost = null;
      this.#description = { ...this.#description, state: "live", error: null };
      this.#update();
    }
  }

  /** Shows or hides the figures. */
  toggle(): void {
    this.#isVisible = !this.#isVisible;
    this.#update();
  }

  /** A line that goes away by itself. */
  say(text: string): void {
    this.#note = { text, until: performance.now() + NOTE_MS };
    this.#update();
  }

  /** The window has another size: so has the text. */
  resized(): void {
    this.#drawn = "";
    this.#update();
  }

  refresh(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
    this.#update();
  }

  #update(): void {
    if (this.#note !== null && performance.now() > this.#note.until) {
      this.#note = null;
    }
    this.#setTitle();
    void this.#draw();
  }

  #setTitle(): void {
    const name = this.#description.name ?? this.#options.name;
    const { p50 } = this.#options.figures().delayMs;
    const delay = p50 === null ? "" : ` · ${Math.round(p50)} ms`;
    let state = delay;
    if (this.#lost !== null || this.#description.state !== "live") {
      state = this.#lost !== null && this.#wasConnected ? " · lost" : " · waiting";
    } else if (this.#isFrozen) {
      state = " · frozen";
    }
    const title = `${name}${state} – lanvid`;
    if (title !== this.#title) {
      this.#title = title;
      this.#window.setTitle(title);
    }
  }

  /** Draws what there is to say, unless it stands there already. Drawing takes a while: the newest words win. */
  async #draw(): Promise<void> {
    if (this.#isDrawing || !this.#canDraw) {
      return;
    }
    this.#isDrawing = true;
    try {
      for (let words = this.#words(); keyOf(words) !== this.#drawn; words = this.#words()) {
        this.#drawn = keyOf(words);
        await this.#window.setWords(words);
      }
    } catch (error) {
      this.#canDraw = false;
      this.#options.log.warn(`no text over the picture: ${messageOf(error)}`);
    }
    this.#isDrawing = false;
  }

  #words(): Words | null {
    const message = this.#message();
    if (message !== null) {
      return { lines: message, place: "centre", dims: true };
    }
    const lines = [...(this.#note === null ? [] : [this.#note.text]), ...(this.#isVisible ? this.#figures() : [])];
    return lines.length === 0 ? null : { lines, place: "corner", dims: false };
  }

  #message(): string[] | null {
    const { state, error, name } = this.#description;
    if (this.#lost !== null) {
      return [this.#wasConnected ? "lost, reconnecting …" : "connecting …", this.#lost];
    }
    if (state === "failed") {
      return ["no picture", error?.message ?? "the source gives none"];
    }
    if (state !== "live" || this.#shownAt === 0) {
      return [`waiting for ${name ?? this.#options.name} …`];
    }
    const stillMs = performance.now() - this.#shownAt;
    return stillMs > STILL_MS && !this.#isFrozen
      ? [`no new picture for ${formatDuration(Math.floor(stillMs / 1000) * 1000)}`]
      : null;
  }

  #figures(): string[] {
    const { codec, width, height, fps, mbps, delayMs, dropped, clockErrorMs } = this.#options.figures();
    const delay =
      delayMs.p50 === null
        ? "delay unknown"
        : `${Math.round(delayMs.p50)} ms (95 %: ${Math.round(delayMs.p95 ?? 0)} ms)`;
    const precision = clockErrorMs === null ? "" : `, ± ${clockErrorMs.toFixed(1)} ms`;
    return [
      this.#description.name ?? this.#options.name,
      `${width ?? "?"}×${height ?? "?"} ${codecName(codec)} · ${Math.round(fps)} fps · ${formatBitRate(mbps * 1e6)}`,
      `${delay}${precision} · ${dropped} dropped`,
    ];
  }
}

function keyOf(words: Words | null): string {
  return words === null ? "" : [words.dims ? "message" : "figures", ...words.lines].join("\n");
}
