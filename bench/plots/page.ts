/** docs/measurements.md, made of what the benches wrote. Pure. */

import type { Result } from "../runner/report.ts";
import type { Cell } from "../runner/scenario.ts";

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

function section({ title, result, plots }: Section): string {
  const { command, startedAt, machine, columns, rows, notes, requirements } = result;
  const { cpu, cores, loadAverage, kernel, bun, ffmpeg, chromium } = machine;
  const met = requirements.filter(({ isMet }) => isMet).length;
  const missed = requirements.filter(({ isMet }) => !isMet);
  return [
    `## ${title}`,
    "",
    `\`${command}\`, ${startedAt.slice(0, 10)}: ${cpu}, ${cores} cores, load ${loadAverage}, Linux ${kernel}, Bun ${bun}, ` +
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
  const line = (cells: readonly Cell[]) => `| ${cells.map(cellOf).join(" | ")} |`;
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

function cellOf(cell: Cell): string {
  if (cell === null) {
    return "";
  }
  if (typeof cell === "number") {
    return String(Math.abs(cell) >= 100 ? Math.round(cell) : Math.round(cell * 10) / 10);
  }
  return cell.replaceAll("|", "\\|");
}
