import { CONCLUSION, clearedCache, doctor, type Finding, type Group } from "../doctor.ts";
import { harmless } from "../log.ts";
import { type Address, parseAddress, shortAddress } from "../net.ts";
import { ExitCode } from "./exit-code.ts";
import type { DoctorValues, FfmpegValues, GeneralValues, PageValues } from "./options.ts";
import { Printer } from "./printer.ts";
import { levelOf } from "./run.ts";
import { type Line, styled } from "./style.ts";
import { wrapped } from "./wrap.ts";

/** Prefixes of a line, by what was found. */
const WORDS = {
  ok: styled("green", "ok  "),
  warn: styled("yellow", "warn"),
  fail: styled("red", "FAIL"),
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

export interface Width {
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
    columns: process.stdout.isTTY ? process.stdout.columns || null : null,
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

interface ReportOptions extends Width {
  readonly target: Address | null;
  /** Only what is not well is printed, and the conclusion. */
  readonly isQuiet: boolean;
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
    const { isQuiet, target } = this.options;
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
      this.printer.answer([styled("bold", headingOf(finding.group, target))]);
    }
    this.printer.answer(describeFinding(finding, this.options));
    this.#isEmpty = false;
  }

  #conclude({ detail }: Finding): void {
    if (!this.#isConcluding) {
      this.#gap();
    }
    this.#isConcluding = true;
    this.#isEmpty = false;
    this.printer.answer(describeConclusion(detail, this.options));
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

/** One line for a person, which begins with a word of its status, and its hint below. */
export function describeFinding({ check, status, detail, hint }: Omit<Finding, "group">, { columns }: Width): Line {
  const word = WORDS[status];
  const isNarrow = columns !== null && columns < NARROW_COLUMNS;
  const indent = isNarrow ? NARROW_INDENT : DETAIL_COLUMNS;
  const width = columns ?? Number.POSITIVE_INFINITY;
  const head = `${word.text} ${isNarrow ? `${check}:` : check.padEnd(CHECK_COLUMNS)} `;
  const line = wrapped(harmless(detail), { width, head, indent }).slice(word.text.length);
  if (hint === null) {
    return [word, line];
  }
  const below = wrapped(harmless(hint), { width, head: `${" ".repeat(indent)}hint: `, indent });
  return [word, `${line}\n${below}`];
}

/** What all comes to, in a sentence or two. */
export function describeConclusion(detail: string, { columns }: Width): string {
  return wrapped(harmless(detail), { width: columns ?? Number.POSITIVE_INFINITY, head: "", indent: 0 });
}
