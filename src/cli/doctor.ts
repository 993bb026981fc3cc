import { clearedCache, doctor, type Finding } from "../app.ts";
import { ExitCode } from "../errors.ts";
import { parseAddress } from "../net.ts";
import type { DoctorValues, FfmpegValues, GeneralValues, PageValues } from "./options.ts";
import { Printer } from "./printer.ts";
import { levelOf } from "./run.ts";

/** Prefixes of a line, by what was found, and their colours (ECMA-48: green, yellow, red). */
const WORDS = {
  ok: ["ok  ", 32],
  warn: ["warn", 33],
  fail: ["FAIL", 31],
} as const;
const CHECK_COLUMNS = 10;

/** Prints what is found as it comes; --json: all of it at the end, as one array. 1 means that it would not work. */
export async function runDoctor(
  address: string | undefined,
  values: GeneralValues & FfmpegValues & PageValues & DoctorValues,
): Promise<ExitCode> {
  const printer = new Printer(levelOf(values));
  const { ffmpeg, http = "auto", port, clearCache } = values;
  const target = address === undefined ? null : parseAddress(address);
  const findings: Finding[] = [];
  const hasColours = process.stdout.isTTY === true && !process.env["NO_COLOR"];
  const checks = clearCache
    ? [clearedCache()]
    : doctor({ ffmpegPath: ffmpeg, ports: { stream: port, http }, address: target });
  for await (const finding of checks) {
    findings.push(finding);
    if (!values.json) {
      const { mark, text } = describeFinding(finding, { hasColours });
      printer.answer(text, mark);
    }
  }
  if (values.json) {
    printer.json(findings);
  }
  return findings.some(({ status }) => status === "fail") ? ExitCode.internal : ExitCode.ok;
}

/** One line for a person, which begins with a mark, and its hint below. */
export function describeFinding(
  { check, status, detail, hint }: Finding,
  { hasColours }: { readonly hasColours: boolean },
): { readonly mark: string; readonly text: string } {
  const [word, colour] = WORDS[status];
  const mark = hasColours ? `\x1b[${colour}m${word}\x1b[0m` : word;
  const line = ` ${check.padEnd(CHECK_COLUMNS)} ${detail}`;
  return { mark, text: hint === null ? line : `${line}\n     ${"".padEnd(CHECK_COLUMNS)} hint: ${hint}` };
}
