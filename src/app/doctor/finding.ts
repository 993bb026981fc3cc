/** What one check found. */
export interface Finding {
  /** A stable word: "ffmpeg", "cameras", "port" … */
  readonly check: string;
  /** `warn`: something would not work that may not be wanted; `fail`: it would not work. */
  readonly status: "ok" | "warn" | "fail";
  readonly detail: string;
  /** What to do; null when there is nothing to. */
  readonly hint: string | null;
}

/** All is well; a hint may say what to do if it is not. */
export function ok(check: string, detail: string, hint: string | null = null): Finding {
  return { check, status: "ok", detail, hint };
}

export function warn(check: string, detail: string, hint: string | null = null): Finding {
  return { check, status: "warn", detail, hint };
}

export function fail(check: string, detail: string, hint: string | null = null): Finding {
  return { check, status: "fail", detail, hint };
}
