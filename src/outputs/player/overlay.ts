import { messageOf } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { StreamDescription, ViewingState } from "../../media.ts";
import { type Clock, type Ms, systemClock, type Timer } from "../../time.ts";
import type { Window, Words } from "../../window.ts";
import type { ViewSource } from "./view.ts";
import { type Situation, titleOf, wordsOf } from "./window-words.ts";

/** How long a note stays, ms. */
const NOTE_MS = 3000;
/** How often what is said is brought up to date, ms. */
const REFRESH_MS = 250;

export interface OverlayOptions extends Pick<ViewSource, "figures" | "isClassic"> {
  readonly name: string;
  readonly log: Log;
  readonly clock?: Clock;
}

/** The window's words: its title, what stands over the picture, and what stands there while there is none. */
export class Overlay {
  readonly #window: Window;
  readonly #options: OverlayOptions;
  readonly #clock: Clock;
  readonly #timer: Timer;
  #description: Partial<StreamDescription> = {};
  #opening: string;
  #lost: string | null = null;
  #wasConnected = false;
  #state: ViewingState = "connecting";
  #showsFigures = false;
  #showsKeys = false;
  #frozenAt: Date | null = null;
  #note: { readonly text: string; readonly until: Ms } | null = null;
  #title = "";
  #drawn = "[]";
  #isDrawing = false;
  #canDraw = true;

  constructor(window: Window, options: OverlayOptions) {
    this.#window = window;
    this.#options = options;
    this.#opening = `connecting to ${options.name}`;
    this.#clock = options.clock ?? systemClock;
    this.#timer = this.#clock.every(REFRESH_MS, () => this.#update());
    this.say("? shows the keys");
  }

  /** What the stream is called, as far as it has said so. */
  get name(): string {
    return this.#description.name ?? this.#options.name;
  }

  /** What is done until there is a first connection. */
  opens(doing: string): void {
    this.#opening = doing;
    this.#update();
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

  /** A picture is on the screen. One that was still being decoded when the connection was lost makes nothing live. */
  shown(): void {
    if (this.#state !== "live" && this.#lost === null) {
      this.#wasConnected = true;
      this.#description = { ...this.#description, state: "live", error: null };
      // Those who count it hear of it after us.
      this.#clock.after(0, () => this.#update());
    }
  }

  /** Shows or hides the figures. */
  toggleFigures(): void {
    this.#showsFigures = !this.#showsFigures;
    this.#update();
  }

  /** Shows or hides the list of keys. */
  toggleKeys(): void {
    this.#showsKeys = !this.#showsKeys;
    this.#note = null;
    this.#update();
  }

  /** Takes away what the person has asked for last: the list of keys, then the figures. @returns whether there was any */
  back(): boolean {
    if (this.#showsKeys) {
      this.toggleKeys();
      return true;
    }
    if (this.#showsFigures) {
      this.toggleFigures();
      return true;
    }
    return false;
  }

  /** A line that goes away by itself. */
  say(text: string): void {
    this.#note = { text, until: this.#clock.now() + NOTE_MS };
    this.#update();
  }

  /** The window has another size: so has the text. */
  resized(): void {
    this.#drawn = "";
    this.#update();
  }

  /** @param at of when the picture is that the person has frozen, which may have stood still before; null when it goes on */
  freeze(at: Date | null): void {
    this.#frozenAt = at;
    this.#update();
  }

  close(): void {
    this.#timer[Symbol.dispose]();
    this.#canDraw = false;
  }

  #update(): void {
    if (this.#note !== null && this.#clock.now() > this.#note.until) {
      this.#note = null;
    }
    const situation = this.#situation();
    this.#state = situation.state;
    const title = titleOf(situation);
    if (title !== this.#title) {
      this.#title = title;
      this.#window.setTitle(title);
    }
    void this.#draw(wordsOf(situation));
  }

  /** Draws what there is to say, unless it stands there already. Drawing takes a while: the newest words win. */
  async #draw(first: readonly Words[]): Promise<void> {
    if (this.#isDrawing || !this.#canDraw) {
      return;
    }
    this.#isDrawing = true;
    try {
      for (let words = first; this.#canDraw && keyOf(words) !== this.#drawn; words = wordsOf(this.#situation())) {
        this.#drawn = keyOf(words);
        await this.#window.setWords(words);
      }
    } catch (error) {
      this.#canDraw = false;
      this.#options.log.warn(`no text over the picture: ${messageOf(error)}`);
    }
    this.#isDrawing = false;
  }

  #situation(): Situation {
    const { state: source, error } = this.#description;
    const figures = this.#options.figures();
    let state: ViewingState = source === "failed" ? "waiting" : figures.state;
    let reason = source === "failed" ? (error?.message ?? null) : null;
    if (!this.#wasConnected || this.#lost !== null) {
      const lost = figures.state === "ended" ? "ended" : "reconnecting";
      state = this.#wasConnected ? lost : "connecting";
      reason = this.#lost;
    }
    return {
      name: this.name,
      state,
      opening: this.#opening,
      reason,
      figures,
      frozenAt: this.#frozenAt,
      note: this.#note?.text ?? null,
      showsFigures: this.#showsFigures,
      showsKeys: this.#showsKeys,
      canFillScreen: this.#window.canFillScreen,
      isClassic: this.#options.isClassic(),
    };
  }
}

function keyOf(words: readonly Words[]): string {
  return JSON.stringify(words);
}
