import { capitalized } from "../errors.ts";
import { noNewPicture, type ViewingState } from "../media.ts";
import { type Clock, type Ms, systemClock } from "../time.ts";
import { timeOfDay } from "../units.ts";
import type { Announce } from "./announcer.ts";
import { type Elements, setText } from "./elements.ts";
import { CONNECTING, type Status, spokenStatus } from "./status.ts";

/** A person who has waited so long is told what to check, ms. */
const CHECKS_MS = 15_000;

const BADGES: Readonly<Record<ViewingState, string>> = {
  connecting: "CONNECTING",
  waiting: "WAITING",
  live: "LIVE",
  stale: "NO NEW PICTURE",
  reconnecting: "NO CONNECTION",
  refused: "REFUSED",
  ended: "ENDED",
};

/** What a person can look after; where the reason says it, nothing. */
const CHECKS: Readonly<Partial<Record<ViewingState, readonly string[]>>> = {
  waiting: ["Is the camera, or the film, still there?", "lanvid's own output on that machine says more."],
  stale: ["Is that machine busy or asleep?", "Is the network very slow, there or here?"],
  reconnecting: [
    "Is this device on the same network (Wi-Fi) as that machine?",
    "Is that machine on, and awake?",
    "Is lanvid running there?",
  ],
};

/** The same, where the other side said that it goes. */
const CHECKS_OF_LAST_WORD = ["Has lanvid been started there again?", "Does that machine still have the same address?"];

/** Where it would try anew by itself, or may have to. */
const CAN_TRY: ReadonlySet<ViewingState> = new Set(["waiting", "stale", "reconnecting", "refused", "ended"]);

/** Tells a person what a view is doing: in the badge, on the card, to screen readers, as `data-state` of its root. */
export class StateView {
  readonly #elements: Elements;
  readonly #announce: Announce;
  readonly #holdBar: (isHeld: boolean) => void;
  readonly #clock: Clock;
  #status: Status = CONNECTING;
  #since: { readonly date: Date; readonly at: Ms };

  constructor(elements: Elements, announce: Announce, holdBar: (isHeld: boolean) => void, clock = systemClock) {
    this.#elements = elements;
    this.#announce = announce;
    this.#holdBar = holdBar;
    this.#clock = clock;
    this.#since = this.#now();
  }

  get status(): Status {
    return this.#status;
  }

  /** @param name the stream's */
  show(status: Status, name: string): void {
    const { state, title, text } = status;
    const elements = this.#elements;
    if (state !== elements.root.dataset["state"] || this.#status === CONNECTING) {
      this.#since = this.#now();
      elements.root.dataset["state"] = state;
      elements.badgeText.textContent = BADGES[state];
      this.#holdBar(state !== "live");
      this.#showChecks([]);
    }
    this.#status = status;
    setText(elements.name, name);
    elements.name.title = name;
    elements.picture.ariaLabel = `${state === "live" ? "Live" : "Last"} picture of ${name}`;
    elements.film.ariaLabel = elements.picture.ariaLabel;
    if (state !== "connecting") {
      this.#announce("state", spokenStatus(status, timeOfDay(this.#since.date).slice(0, "16:17".length)));
    }
    if (state === "live") {
      return;
    }
    setText(elements.messageName, name);
    setText(elements.messageTitle, title);
    showText(elements.messageText, text);
    elements.tryButton.hidden = !CAN_TRY.has(state);
  }

  /** Brings what counts up to date. @param lastPicture when the last one was shown, null before the first */
  refresh(lastPicture: Date | null, stillMs: Ms | null): void {
    const { state, text, isLastWord } = this.#status;
    const elements = this.#elements;
    if (state === "live") {
      return;
    }
    if (state === "stale" && stillMs !== null) {
      setText(elements.badgeText, noNewPicture(stillMs));
      setText(elements.messageTitle, capitalized(noNewPicture(stillMs)));
    }
    const since = timeOfDay(this.#since.date);
    const times = [
      ...(state === "connecting" || state === "stale" || text.includes(since) ? [] : [`Since ${since}`]),
      ...(lastPicture === null ? [] : [`Last picture: ${timeOfDay(lastPicture)}`]),
    ];
    setText(elements.messageTimes, times.join(" · "));
    if (this.#clock.now() - this.#since.at > CHECKS_MS) {
      this.#showChecks(isLastWord === true ? CHECKS_OF_LAST_WORD : (CHECKS[state] ?? []));
    }
  }

  #now(): { readonly date: Date; readonly at: Ms } {
    return { date: new Date(this.#clock.unixMs()), at: this.#clock.now() };
  }

  #showChecks(checks: readonly string[]): void {
    const list = this.#elements.messageChecks;
    list.hidden = checks.length === 0;
    if (list.childElementCount !== checks.length) {
      list.replaceChildren(
        ...checks.map((check) => {
          const item = document.createElement("li");
          item.textContent = check;
          return item;
        }),
      );
    }
  }
}

/** The reason, in which an option of the command line is not broken between its hyphens. */
function showText(element: HTMLElement, text: string): void {
  if (element.textContent === text) {
    return;
  }
  element.replaceChildren(
    ...text.split(/(--[\w-]+)/).map((part) => {
      const isOption = part.startsWith("--");
      const node = isOption ? document.createElement("code") : document.createTextNode(part);
      if (isOption) {
        node.textContent = part;
      }
      return node;
    }),
  );
}
