import type { ExitCode } from "../errors.ts";
import type { HubStats } from "../hub.ts";
import type { ReceptionFigures } from "./reception-stats.ts";

/** What a command says when it is up, as in the `ready` event. */
export interface Ready {
  readonly role: "serve" | "watch" | "push" | "listen";
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

/** How a command ended. */
export interface End {
  readonly reason: EndReason;
  readonly code: ExitCode;
  readonly message: string;
  readonly figures: HubStats | ReceptionFigures;
}

/** Gets what a command has to say while it runs. */
export interface Reporter {
  ready(ready: Ready): void;
  /** Once a second. */
  stats(figures: HubStats | ReceptionFigures): void;
}

/** How often figures are reported, ms. */
export const STATS_MS = 1000;

/** Why the person ended it, from the signal that the command line aborts. */
export function endReason(signal: AbortSignal): EndReason {
  return signal.reason === "quit" ? "quit" : "signal";
}
