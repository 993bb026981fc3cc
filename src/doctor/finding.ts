import type { TriedEncoder } from "../ffmpeg.ts";

/** What one check found. */
export interface Checked {
  /** A stable word: "ffmpeg", "cameras", "port" … */
  readonly check: string;
  /** `warn`: something would not work that may not be wanted; `fail`: it would not work. */
  readonly status: "ok" | "warn" | "fail";
  readonly detail: string;
  /** What to do; null when there is nothing to. */
  readonly hint: string | null;
  /** Each H.264 encoder that ffmpeg names; of the check "encoders" only. */
  readonly encoders?: readonly TriedEncoder[];
}

/** What a check is about: this program on this machine, what sending, watching or the network need, another machine. */
export type Group = "machine" | "send" | "watch" | "network" | "other-side";

/** What was found, and where it belongs. */
export interface Finding extends Checked {
  readonly group: Group;
}

/** The check of the last finding of all, which says in words what all the others come to. */
export const CONCLUSION = "conclusion";

/** All is well; a hint may say what to do if it is not. */
export function ok(check: string, detail: string, hint: string | null = null): Checked {
  return { check, status: "ok", detail, hint };
}

export function warn(check: string, detail: string, hint: string | null = null): Checked {
  return { check, status: "warn", detail, hint };
}

export function fail(check: string, detail: string, hint: string | null = null): Checked {
  return { check, status: "fail", detail, hint };
}

/** Puts what was found into its group. */
export function inGroup(group: Group, { check, ...rest }: Checked): Finding {
  return { check, group, ...rest };
}
