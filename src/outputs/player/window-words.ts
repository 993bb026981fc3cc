import { codecName, noNewPicture, STATE_WORDS, type ViewingState } from "../../media.ts";
import type { ReceptionFigures } from "../../remote.ts";
import { formatBitRate, timeOfDay } from "../../units.ts";
import type { Line, Words } from "../../window.ts";
import { type KeyListOptions, keyList } from "./window-keys.ts";

/** What there is to say in a window. */
export interface Situation extends KeyListOptions {
  readonly name: string;
  readonly state: ViewingState;
  /** What is done until there is a first connection: "connecting to HOST". */
  readonly opening: string;
  /** Why there is no connection or no picture, where that is known. */
  readonly reason: string | null;
  readonly figures: ReceptionFigures;
  /** Of when the picture is that the person has frozen; null while it goes on. */
  readonly frozenAt: Date | null;
  readonly note: string | null;
  readonly showsFigures: boolean;
  readonly showsKeys: boolean;
}

/** "Kitchen camera · 12 ms – lanvid". */
export function titleOf(situation: Situation): string {
  const { name, state, figures, frozenAt } = situation;
  const { p50 } = figures.delayMs;
  const words: Readonly<Record<ViewingState, string>> = {
    connecting: "connecting",
    waiting: "waiting",
    live: p50 === null ? "" : `${Math.round(p50)} ms`,
    stale: noNewPicture(figures.stillMs ?? 0),
    reconnecting: STATE_WORDS.reconnecting,
    refused: STATE_WORDS.refused,
    ended: "ended",
  };
  const word = frozenAt !== null && isPictured(state) ? "frozen" : words[state];
  return `${name}${word === "" ? "" : ` · ${word}`} – lanvid`;
}

/** What stands over the picture. What is said of the state never hides a picture that the person has frozen. */
export function wordsOf(situation: Situation): readonly Words[] {
  const { state, figures, frozenAt, note, showsFigures, showsKeys } = situation;
  const message = isPictured(state) ? null : whyNoPicture(situation);
  const isCentred = message !== null && frozenAt === null && !showsKeys;
  const lower: Line[] = [
    ...(frozenAt === null ? [] : [alert(`frozen at ${timeOfDay(frozenAt)} · space goes on`)]),
    ...(message === null || isCentred ? [] : [alert(message.slice(0, 2).join(": "))]),
    ...(state === "stale" ? [alert(noNewPicture(figures.stillMs ?? 0))] : []),
    ...(note === null ? [] : [{ text: note }]),
  ];
  const blocks: readonly Words[] = [
    { lines: isCentred ? message.map((text) => ({ text })) : [], place: "centre", dims: true },
    { lines: showsKeys ? keyList(situation) : [], place: "centre", dims: false },
    { lines: showsFigures ? figuresOf(situation).map((text) => ({ text })) : [], place: "upper", dims: false },
    { lines: lower, place: "lower", dims: false },
  ];
  return blocks.filter(({ lines }) => lines.length > 0);
}

function alert(text: string): Line {
  return { text, isAlert: true };
}

/** What is shown is a picture of the stream, as new as there is one. */
function isPictured(state: ViewingState): boolean {
  return state === "live" || state === "stale";
}

/** Why there is no picture: the headline, then what is known. */
function whyNoPicture({ state, opening, reason }: Situation): readonly string[] {
  const more = reason === null ? [] : [reason];
  switch (state) {
    case "connecting":
      return [opening, ...more];
    case "waiting":
      return reason === null ? [STATE_WORDS.waiting] : ["no picture", reason];
    default:
      return [STATE_WORDS[state], ...more];
  }
}

function figuresOf({ name, state, figures, frozenAt }: Situation): readonly string[] {
  const { codec, width, height, fps, mbps, delayMs, dropped, clockErrorMs } = figures;
  const isLive = state === "live" && frozenAt === null;
  const precision = clockErrorMs === null ? "" : `, ± ${clockErrorMs.toFixed(1)} ms`;
  const known =
    delayMs.p50 === null
      ? "delay unknown"
      : `${Math.round(delayMs.p50)} ms (95 %: ${Math.round(delayMs.p95 ?? 0)} ms)${precision}`;
  return [
    name,
    `${width ?? "?"}×${height ?? "?"} ${codecName(codec)} · ${Math.round(fps)} fps · ${formatBitRate(mbps * 1e6)}`,
    `${isLive ? known : "not live"} · ${dropped} dropped`,
  ];
}
