import { statSync } from "node:fs";
import { isIP } from "node:net";
import { usageError } from "../errors.ts";
import { withoutSecrets } from "../ffmpeg.ts";

/** What people type who know other programs: other words for help and version, and a command left out. */

/** Arguments as commander is to read them. */
export interface Meant {
  readonly args: readonly string[];
  /** The help that is asked for is to have everything. */
  readonly isWhole: boolean;
}

const HELP = ["--help", "-h"];
const VERSIONS = ["version", "-v"];
/** Names that end like this are a film's or a picture's, though a host's may look the same. */
export const FILE = /\.(mp4|m4v|mkv|mov|webm|avi|ts|mjpe?g|h264|jpe?g|png)$/i;

/**
 * Turns `help`, `help COMMAND`, `COMMAND --help all` and `version` into what commander knows.
 * @param commands all that there are
 * @throws LanvidError (usage) for a word where a command belongs, when it is known what was meant
 */
export function meant(args: readonly string[], commands: readonly string[]): Meant {
  const [first, ...rest] = args;
  if (first === undefined) {
    return { args: ["--help"], isWhole: false };
  }
  if (VERSIONS.includes(first) && rest.length === 0) {
    return { args: ["--version"], isWhole: false };
  }
  if (first === "help") {
    const isWhole = rest.some((word) => ["all", "--all"].includes(word));
    const command = rest.find((word) => !["all", "--all", ...HELP].includes(word));
    if (command !== undefined && !commands.includes(command)) {
      throw usageError(`cannot help with "${command}": there is no such command`, "see the list with lanvid help");
    }
    return { args: command === undefined ? ["--help"] : [command, "--help"], isWhole };
  }
  const at = args.findIndex((word, index) => HELP.includes(args[index - 1] ?? "") && word === "all");
  if (at >= 0) {
    return { args: args.toSpliced(at, 1), isWhole: true };
  }
  if (!first.startsWith("-") || first === "-") {
    assertCommand(first, rest, commands);
  }
  return { args, isWhole: false };
}

/** @throws LanvidError (usage) for what is no command, but something that one takes */
function assertCommand(word: string, rest: readonly string[], commands: readonly string[]): void {
  const command = commands.includes(word) ? null : commandFor(word);
  if (command !== null) {
    throw usageError(`unknown command '${withoutSecrets(word)}'`, `did you mean ${lineOf([command, word, ...rest])}?`);
  }
}

/** A command as it is typed, without passwords. */
export function lineOf(args: readonly string[]): string {
  return ["lanvid", ...args].map((one) => quoted(withoutSecrets(one))).join(" ");
}

/** The command that takes such a word; null when nobody knows. */
function commandFor(word: string): "serve" | "watch" | null {
  if (isFile(word) || /^(camera|screen)(:|$)|^(test|-)$/.test(word)) {
    return "serve";
  }
  if (/^lanvid:\/\//i.test(word)) {
    return "watch";
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(word)) {
    // An address without a path is what serve prints of its page.
    return /^http:\/\/[^/?#@]+\/?$/i.test(word) ? "watch" : "serve";
  }
  if (FILE.test(word)) {
    return "serve";
  }
  return isHost(word) ? "watch" : null;
}

export function isFile(word: string): boolean {
  return statSync(word, { throwIfNoEntry: false })?.isFile() === true;
}

/** Does it look like a machine's address? A word alone may be a command that is spelt wrong. */
export function isHost(word: string): boolean {
  const [, inBrackets, name = "", port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(word) ?? [];
  if (isIP(inBrackets ?? word) !== 0) {
    return true;
  }
  const isName = /^[a-z0-9_](?:[\w-]*\w)?(\.[\w-]+)*\.?$/i.test(name);
  return isName && (port !== undefined || name.includes(".") || name === "localhost");
}

function quoted(word: string): string {
  return /[\s"'$&;()<>|\\*?`!]/.test(word) ? `"${word.replaceAll(/["$`\\]/g, "\\$&")}"` : word;
}
