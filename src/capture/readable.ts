import { accessSync, constants } from "node:fs";
import { LanvidError } from "../errors.ts";

/** @throws LanvidError (source) where this user may not read it */
export function assertReadable(path: string, name: string, hint: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new LanvidError("denied", "source", `not allowed to open ${name}`, { cause, hint });
  }
}
