import { LanvidError } from "../errors.ts";

/** What ffmpeg wrote, or what stands in for it, is not what it was told to write. The next one may do better. */
export function badOutput(reason: string): LanvidError {
  return new LanvidError("bad-output", "ffmpeg", reason, { retry: "now" });
}
