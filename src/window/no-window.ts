import { LanvidError } from "../errors.ts";

/** There can be no window here, for this reason. */
export function noWindow(reason: string, cause?: unknown): LanvidError {
  return new LanvidError("no-window", "display", reason, { cause });
}
