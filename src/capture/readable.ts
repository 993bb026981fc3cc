import { accessSync, constants } from "node:fs";
import { ExitCode, LanvidError } from "../errors.ts";

/** @throws LanvidError (source) where this user may not read it */
export function assertReadable(path: string, name: string, hint: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new LanvidError("denied", ExitCode.source, `not allowed to open ${name}`, { cause, hint });
  }
}
