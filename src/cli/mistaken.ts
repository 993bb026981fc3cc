import { isIP } from "node:net";
import { LanvidError, usageError } from "../errors.ts";
import { withoutSecrets } from "../ffmpeg.ts";
import { FILE, isFile, lineOf } from "./customary.ts";

/** A video where a machine's address belongs, and the other way round. */

/** @throws LanvidError (usage) for a file, or a URL that ffmpeg opens, in the place of an address */
export function assertMachine(command: "watch" | "push", text: string): void {
  const isOtherUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !/^(lanvid|https?):\/\//i.test(text);
  if (isOtherUrl || (FILE.test(text) && !text.includes("://")) || isFile(text)) {
    const line = command === "watch" ? ["serve", text] : ["push", "10.0.0.4", text];
    throw usageError(
      `cannot connect to "${withoutSecrets(text)}": it is a video, not a machine's address`,
      `did you mean ${lineOf(line)}?`,
    );
  }
}

/** @throws LanvidError (source) for a machine's address in the place of a source */
export function assertSource(text: string): void {
  const host = /^\[.*\](:\d+)?$/.test(text) ? text.replace(/^\[(.*)\](:\d+)?$/, "$1") : text.replace(/:\d{1,5}$/, "");
  const isAddress = isIP(text) !== 0 || isIP(host) !== 0 || /^(localhost|[\w-]+\.local)$/i.test(host);
  if (isAddress && !isFile(text)) {
    throw new LanvidError("no-source", "source", `cannot open "${text}": there is no such file`, {
      hint: `did you mean ${lineOf(["watch", text])}?`,
    });
  }
}
