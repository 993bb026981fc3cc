import type { SessionEnd } from "../../session.ts";
import type { StreamInfo } from "../../wire.ts";
import { page } from "./elements.ts";

/**
 * What the page is doing, as in `<html data-state>`:
 * - `connecting`: for the first time
 * - `waiting`: connected, and no picture
 * - `live`: pictures are shown
 * - `reconnecting`: the connection is lost, and tried again
 * - `ended`: lanvid said that the stream is over; it is tried again too
 */
export type PageState = "connecting" | "waiting" | "live" | "reconnecting" | "ended";

/** The state with what to tell a person about it. */
export interface Status {
  readonly state: PageState;
  readonly title: string;
  readonly text: string;
}

/** A connected page that has no picture (yet). */
export function statusOfStream({ state, error }: StreamInfo): Status {
  if (state === "failed") {
    return { state: "waiting", title: "No picture", text: `${sentence(error ?? "The source failed")} Trying again …` };
  }
  return { state: "waiting", title: "Waiting for the picture", text: error === null ? "" : sentence(error) };
}

/** A page whose connection ended. */
export function statusOfEnd({ code, message, hint, by }: SessionEnd): Status {
  if (by === "peer" && code === "ended") {
    return { state: "ended", title: "The stream has ended", text: sentence(message) };
  }
  const why = [message, ...(hint === undefined ? [] : [hint])].map(sentence).join(" ");
  const text = by === "network" ? "Trying again …" : `${why} Trying again …`;
  return { state: "reconnecting", title: "No connection", text };
}

/** Shows it: in the badge, in the middle, in the window's title, and as `<html data-state>`. */
export function showStatus({ state, title, text }: Status, name: string): void {
  page.root.dataset["state"] = state;
  page.badgeText.textContent = state.toUpperCase();
  page.name.textContent = name;
  document.title = state === "live" ? name : `${title} · ${name}`;
  if (state !== "live") {
    page.messageTitle.textContent = title;
    page.messageText.textContent = text;
  }
}

/** Our messages are lower case and have no full stop, since they follow a prefix elsewhere. */
function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
