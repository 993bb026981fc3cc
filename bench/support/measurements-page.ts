/** docs/measurements.md, made of what the benches wrote. Pure. */

import type { Machine } from "./machine.ts";

/** What a bench wrote, as report.ts has it. */
export interface Result {
  readonly name: string;
  readonly startedAt: string;
  readonly machine: Machine;
  /** What the bench was told on its command line. */
  readonly words?: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  readonly notes: readonly string[];
  readonly requirements: readonly { readonly name: string; readonly isMet: boolean; readonly measured: string }[];
  readonly details: Record<string, unknown>;
}

export interface Section {
  readonly title: string;
  readonly result: Result;
  /** Names of files in docs/plots, without their suffix. */
  readonly plots: readonly string[];
}

const HEAD = `# Measurements

Written by \`npm run bench:plots\` from the benches' results; [bench/README.md](../bench/README.md) says what each bench measures, and
how. \`npm run bench\` runs all but the soak. Delay is read from the time strip in the pictures, never from lanvid's own report. Other
programs on the same machine spoil figures of a few milliseconds, and worst cases most of all: compare figures within one table, and
look at the load.
`;

export function measurementsPage(sections: readonly Section[]): string {
  return [HEAD, ...sections.map(section)].join("\n");
}

/** The command that made it. */
export function commandOf({ name, words = [] }: Pick<Result, "name" | "words">): string {
  const script = name === "soak" ? name : `bench:${name}`;
  return ["npm run", script, ...(words.length > 0 ? ["--", ...words] : [])].join(" ");
}

function section({ title, result, plots }: Section): string {
  const { startedAt, machine, columns, rows, notes, requirements } = result;
  const { cpu, cores, loadAverage, kernel, bun, ffmpeg, chromium } = machine;
  const met = requirements.filter(({ isMet }) => isMet).length;
  const missed = requirements.filter(({ isMet }) => !isMet);
  return [
    `## ${title}`,
    "",
    `\`${commandOf(result)}\`, ${startedAt.slice(0, 10)}: ${cpu}, ${cores} cores, load ${loadAverage}, Linux ${kernel}, Bun ${bun}, ` +
      `ffmpeg ${ffmpeg}, Chromium ${chromium}.`,
    "",
    ...plots.map((plot) => `![${title}](plots/${plot}.svg)\n`),
    ...tableOf(columns, rows),
    "",
    ...notes.map((note) => note.trim()),
    "",
    ...(requirements.length > 0 ? [`${met} of ${requirements.length} requirements were met in this run.`, ""] : []),
    ...missed.map(({ name: what, measured }) => `- not met: ${what}: ${measured}`),
    ...(missed.length > 0 ? [""] : []),
  ].join("\n");
}

function tableOf(columns: readonly string[], rows: Result["rows"]): string[] {
  const line = (cells: readonly (string | number | null)[]) => `| ${cells.map(cellOf).join(" | ")} |`;
  const isUsed = columns.map((_, column) => rows.some((row) => (row[column] ?? null) !== null));
  const used = <T>(cells: readonly T[]) => cells.filter((_, column) => isUsed[column]);
  return [
    line(used(columns)),
    `|${used(columns)
      .map((_, index) => (index === 0 ? "---|" : "---:|"))
      .join("")}`,
    ...rows.map((row) => line(used(columns.map((_, column) => row[column] ?? null)))),
  ];
}

function cellOf(cell: string | number | null): string {
  if (cell === null) {
    return "";
  }
  if (typeof cell === "number") {
    return String(Math.abs(cell) >= 100 ? Math.round(cell) : Math.round(cell * 10) / 10);
  }
  return cell.replaceAll("|", "\\|");
}
