import { CONCLUSION, clearedCache, doctor, type Finding, type Group } from "../app.ts";
import { ExitCode } from "../errors.ts";
import { harmless } from "../log.ts";
import { type Address, parseAddress, shortAddress } from "../net.ts";
import type { DoctorValues, FfmpegValues, GeneralValues, PageValues } from "./options.ts";
import { Printer } from "./printer.ts";
import { levelOf } from "./run.ts";
import { showsColours } from "./style.ts";
import { wrapped } from "./wrap.ts";

/** Prefixes of a line, by what was found, and their colours (ECMA-48: green, yellow, red). */
const WORDS = {
  ok: ["ok  ", 32],
  warn: ["warn", 33],
  fail: ["FAIL", 31],
} as const;
const CHECK_COLUMNS = 10;
/** Where the details begin. */
const DETAIL_COLUMNS = "ok   ".length + CHECK_COLUMNS + 1;
/** A terminal that is narrower has details begin further to the left. */
const NARROW_COLUMNS = 60;
const NARROW_INDENT = 5;
const HEADINGS: Readonly<Record<Exclude<Group, "other-side">, string>> = {
  machine: "This machine",
  send: "To send",
  watch: "To watch",
  network: "Network",
};

export interface Style {
  readonly hasColours: boolean;
  /** Lines are broken to this many columns; null where nobody sees a terminal's width. */
  readonly columns: number | null;
}

/**
 * Prints what is found as it comes, group by group, and what it comes to; --json: all of it at the end, as one array. 1
 * means that it would not work.
 */
export async function runDoctor(
  address: string | undefined,
  values: GeneralValues & FfmpegValues & PageValues & DoctorValues,
): Promise<ExitCode> {
  const level = levelOf(values);
  const printer = new Printer(level);
  const { ffmpeg, http = "auto", port, clearCache } = values;
  const target = address === undefined ? null : parseAddress(address);
  const report = new Report(printer, {
    target,
    isQuiet: level === "quiet",
    style: {
      hasColours: showsColours(process.stdout),
      columns: process.stdout.isTTY ? process.stdout.columns || null : null,
    },
  });
  const findings: Finding[] = [];
  const onProgress = (text: string) => (values.json ? undefined : printer.status(`${text} …`));
  const checks = clearCache
    ? [clearedCache()]
    : doctor({ ffmpegPath: ffmpeg, ports: { stream: port, http }, address: target, onProgress });
  for await (const finding of checks) {
    findings.push(finding);
    if (!values.json) {
      report.add(finding);
    }
  }
  if (values.json) {
    printer.json(findings);
  }
  return findings.some(({ status }) => status === "fail") ? ExitCode.internal : ExitCode.ok;
}

interface ReportOptions {
  readonly target: Address | null;
  /** Only what is not well is printed, and the conclusion. */
  readonly isQuiet: boolean;
  readonly style: Style;
}

/** The findings as a person reads them. */
class Report {
  #group: Group | null = null;
  #isEmpty = true;
  #isConcluding = false;

  constructor(
    readonly printer: Printer,
    readonly options: ReportOptions,
  ) {}

  add(finding: Finding): void {
    const { isQuiet, style } = this.options;
    if (finding.check === CONCLUSION) {
      this.#conclude(finding);
      return;
    }
    if (isQuiet && finding.status === "ok") {
      return;
    }
    if (finding.group !== this.#group) {
      this.#group = finding.group;
      this.#gap();
      const heading = headingOf(finding.group, this.options.target);
      this.printer.answer("", style.hasColours ? `\x1b[1m${heading}\x1b[0m` : heading);
    }
    const { mark, text } = describeFinding(finding, style);
    this.printer.answer(text, mark);
    this.#isEmpty = false;
  }

  #conclude({ detail }: Finding): void {
    if (!this.#isConcluding) {
      this.#gap();
    }
    this.#isConcluding = true;
    this.#isEmpty = false;
    this.printer.answer(describeConclusion(detail, this.options.style));
  }

  /** An empty line between the groups. */
  #gap(): void {
    if (!this.#isEmpty) {
      this.printer.answer("");
    }
  }
}

function headingOf(group: Group, target: Address | null): string {
  if (group !== "other-side") {
    return HEADINGS[group];
  }
  return `The other side: ${shortAddress(target as Address)}`;
}

/** One line for a person, which begins with a mark, and its hint below. */
export function describeFinding(
  { check, status, detail, hint }: Omit<Finding, "group">,
  { hasColours, columns }: Style,
): { readonly mark: string; readonly text: string } {
  const [word, colour] = WORDS[status];
  const mark = hasColours ? `\x1b[${colour}m${word}\x1b[0m` : word;
  const isNarrow = columns !== null && columns < NARROW_COLUMNS;
  const indent = isNarrow ? NARROW_INDENT : DETAIL_COLUMNS;
  const width = columns ?? Number.POSITIVE_INFINITY;
  const head = `${word} ${isNarrow ? `${check}:` : check.padEnd(CHECK_COLUMNS)} `;
  const line = wrapped(harmless(detail), { width, head, indent }).slice(word.length);
  if (hint === null) {
    return { mark, text: line };
  }
  const below = wrapped(harmless(hint), { width, head: `${" ".repeat(indent)}hint: `, indent });
  return { mark, text: `${line}\n${below}` };
}

/** What all comes to, in a sentence or two. */
export function describeConclusion(detail: string, { columns }: Style): string {
  return wrapped(harmless(detail), { width: columns ?? Number.POSITIVE_INFINITY, head: "", indent: 0 });
}
