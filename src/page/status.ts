import { sentenceOf } from "../errors.ts";
import { STATE_WORDS, type ViewingState } from "../media.ts";
import type { SessionEnd, StreamInfo } from "../wire.ts";

/** A state with what to tell a person about it. */
export interface Status {
  readonly state: ViewingState;
  readonly title: string;
  /** Sentences. */
  readonly text: string;
  /** Lanvid said why there are no more pictures: that nobody answers any more is no news. */
  readonly isLastWord?: boolean;
}

const GOES_ON = "This page continues by itself when the stream is back.";
/** It was not turned away: it said nothing for too long, as a device that slept. */
const SILENT = "silent";

/** Before the first connection. */
export const CONNECTING: Status = { state: "connecting", title: "Connecting", text: "" };
export const LIVE: Status = { state: "live", title: "Live", text: "" };
export const STALE: Status = {
  state: "stale",
  title: "No new picture",
  text: "Connected, but no new pictures are coming. What you see is old.",
};

/** A connected page that has no picture (yet). */
export function statusOfStream({ state, error }: StreamInfo): Status {
  if (state === "failed") {
    return {
      state: "waiting",
      title: "No picture",
      text: `${sentenceOf(error ?? "The source failed")} Trying again …`,
    };
  }
  return { state: "waiting", title: "Waiting for the picture", text: error === null ? "" : sentenceOf(error) };
}

/**
 * A page whose connection ended.
 * @param name the stream's
 * @param time the time of day
 */
export function statusOfEnd({ code, message, hint, by }: SessionEnd, name: string, time: string): Status {
  if (by === "network") {
    return { state: "reconnecting", title: "No connection", text: `${name} does not answer. Trying again …` };
  }
  if (by === "peer" && code === "ended") {
    const text = `${sentenceOf(message)} ${GOES_ON}`;
    return { state: "ended", title: "The stream has ended", text, isLastWord: true };
  }
  if (by === "peer" && code === "shutdown") {
    const text = `${name} was stopped at ${time}. ${GOES_ON}`;
    return { state: "reconnecting", title: "No connection", text, isLastWord: true };
  }
  const text = [message, ...(hint === undefined ? [] : [hint]), "trying again …"].map(sentenceOf).join(" ");
  return by === "peer" && code !== SILENT
    ? { state: "refused", title: "Turned away", text }
    : { state: "reconnecting", title: "No connection", text };
}

/** What a screen reader says of it, once. @param time when it began */
export function spokenStatus({ state, title, text }: Status, time: string): string {
  switch (state) {
    case "reconnecting":
      return `${STATE_WORDS.reconnecting} since ${time}`;
    case "refused":
      return `${STATE_WORDS.refused}: ${text}`;
    case "waiting":
      return text === "" ? STATE_WORDS.waiting : `${title}: ${text}`;
    default:
      return STATE_WORDS[state];
  }
}
