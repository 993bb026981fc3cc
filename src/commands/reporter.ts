import { asLanvidError, type Fault, LanvidError } from "../errors.ts";
import type { ReceptionFigures } from "../remote.ts";
import type { Track, TrackStats } from "../stream.ts";

/** What a command says when it is up, as in the `ready` event. */
export interface Ready {
  readonly role: "serve" | "watch" | "push" | "receive";
  readonly port: number | null;
  readonly http: number | null;
  /** Pages that a browser can open. */
  readonly urls: readonly string[];
  /** Command lines that show the stream elsewhere. */
  readonly watch: readonly string[];
  readonly source: { readonly kind: string; readonly name: string };
}

/** - `frames`: as many came as were asked for · `quit`: a key · `peer`: the other side ended · `signal`, `error` */
export type EndReason = "frames" | "quit" | "signal" | "peer" | "error";

/** A stream's figures, as the person at this machine is told them in the `stats` event. */
export interface SendingFigures extends Omit<TrackStats, "source"> {
  readonly source: Omit<TrackStats["source"], "error"> & {
    /** Why there is no picture: more than viewers are told. */
    readonly error: string | null;
  };
}

export function sendingFigures(track: Track): SendingFigures {
  const figures = track.stats();
  return { ...figures, source: { ...figures.source, error: track.description.error?.message ?? null } };
}

/** How a command ended. */
export interface End {
  readonly reason: EndReason;
  readonly message: string;
  readonly figures: SendingFigures | ReceptionFigures;
  /** What went wrong, for a person. */
  readonly error?: LanvidError;
}

/** Figures of a command that failed before it had any. */
export const NO_SENDING_FIGURES: Readonly<Record<keyof SendingFigures, null>> = {
  source: null,
  viewers: null,
  sent: null,
  dropped: null,
};
export const NO_RECEPTION_FIGURES: Readonly<Record<keyof ReceptionFigures, null>> = {
  state: null,
  error: null,
  codec: null,
  width: null,
  height: null,
  frames: null,
  fps: null,
  mbps: null,
  dropped: null,
  delayMs: null,
  clockErrorMs: null,
  gapMs: null,
  stillMs: null,
  reconnects: null,
  noPictures: null,
  recorded: null,
};

/** What a source turned out to be when it was looked at, as in the `source` event. */
export interface SeenSource {
  readonly name: string;
  /** `live` or `failed`. */
  readonly state: string;
  readonly codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  /** Pictures per second that it says it gives; null where it does not say. */
  readonly fps: number | null;
  /** Why there is no picture; null where there is one. */
  readonly error: string | null;
}

/** Gets what a command has to say while it runs. */
export interface Reporter {
  ready(ready: Ready): void;
  /** This machine has got more addresses, by which it is reached in these ways, too. */
  addresses(more: Pick<Ready, "urls" | "watch">): void;
  /** What is streamed, when its first picture has come, or can't. Of senders only. */
  source?(seen: SeenSource): void;
  /** Once a second. @param isUnseen a page is all that shows the stream, and nobody has it open */
  stats(figures: SendingFigures | ReceptionFigures, isUnseen?: boolean): void;
}

/** How often figures are reported, ms. */
export const STATS_MS = 1000;

/** Why the person ended it, from the signal that the command line aborts. */
export function endReason(signal: AbortSignal): EndReason {
  return signal.reason === "quit" ? "quit" : "signal";
}

/** It failed while it ran: the figures until then are told too. */
export function endOfError(error: unknown, figures: SendingFigures | ReceptionFigures): End {
  const known = asLanvidError(error);
  return { reason: "error", message: known.message, figures, error: known };
}

/** The source is over for good: at its end, or because it can't be read. */
export function endOfSource(why: Fault, figures: SendingFigures): End {
  return why instanceof LanvidError ? endOfError(why, figures) : { reason: "peer", message: why.message, figures };
}
