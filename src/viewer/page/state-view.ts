import { capitalized } from "../../errors.ts";
import { noNewPicture, type ViewingState } from "../../media.ts";
import { timeOfDay } from "../../units.ts";
import { announce } from "./announcer.ts";
import { holdBar } from "./bar.ts";
import { page, setText } from "./elements.ts";
import { CONNECTING, type Status, spokenStatus } from "./status.ts";
import { showTabIcon } from "./tab-icon.ts";

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

/** Tells a person what the page is doing: in the badge, on the card, by the tab, to screen readers, as `<html data-state>`. */
export class StateView {
  #status: Status = CONNECTING;
  #since = { date: new Date(), atMs: performance.now() };

  get status(): Status {
    return this.#status;
  }

  /** @param name the stream's */
  show(status: Status, name: string): void {
    const { state, title, text } = status;
    if (state !== page.root.dataset["state"] || this.#status === CONNECTING) {
      this.#since = { date: new Date(), atMs: performance.now() };
      page.root.dataset["state"] = state;
      page.badgeText.textContent = BADGES[state];
      showTabIcon(state);
      holdBar(state !== "live");
      this.#showChecks([]);
    }
    this.#status = status;
    document.title = state === "live" ? name : `${title} · ${name}`;
    setText(page.name, name);
    page.name.title = name;
    page.picture.ariaLabel = `${state === "live" ? "Live" : "Last"} picture of ${name}`;
    page.film.ariaLabel = page.picture.ariaLabel;
    if (state !== "connecting") {
      announce("state", spokenStatus(status, timeOfDay(this.#since.date).slice(0, "16:17".length)));
    }
    if (state === "live") {
      return;
    }
    setText(page.messageName, name);
    setText(page.messageTitle, title);
    showText(text);
    page.tryButton.hidden = !CAN_TRY.has(state);
  }

  /** Brings what counts up to date. @param lastPicture when the last one was shown, null before the first */
  refresh(lastPicture: Date | null, stillMs: number | null): void {
    const { state, text, isLastWord } = this.#status;
    if (state === "live") {
      return;
    }
    if (state === "stale" && stillMs !== null) {
      setText(page.badgeText, noNewPicture(stillMs));
      setText(page.messageTitle, capitalized(noNewPicture(stillMs)));
    }
    const since = timeOfDay(this.#since.date);
    const times = [
      ...(state === "connecting" || state === "stale" || text.includes(since) ? [] : [`Since ${since}`]),
      ...(lastPicture === null ? [] : [`Last picture: ${timeOfDay(lastPicture)}`]),
    ];
    setText(page.messageTimes, times.join(" · "));
    if (performance.now() - this.#since.atMs > CHECKS_MS) {
      this.#showChecks(isLastWord === true ? CHECKS_OF_LAST_WORD : (CHECKS[state] ?? []));
    }
  }

  #showChecks(checks: readonly string[]): void {
    page.messageChecks.hidden = checks.length === 0;
    if (page.messageChecks.childElementCount !== checks.length) {
      page.messageChecks.replaceChildren(
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
function showText(text: string): void {
  if (page.messageText.textContent === text) {
    return;
  }
  page.messageText.replaceChildren(
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
