import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { round } from "../../src/units.ts";
import { describeMachine, type Machine } from "./machine.ts";
import type { Cell, Verdict } from "./scenario.ts";

/** The figures of a run: what is printed, and kept as JSON for docs/measurements.md and its plots. */
export interface Result {
  readonly name: string;
  /** What made it, for a shell. */
  readonly command: string;
  readonly startedAt: string;
  readonly machine: Machine;
  readonly columns: readonly string[];
  readonly rows: Cell[][];
  readonly notes: string[];
  readonly requirements: ({ readonly name: string } & Verdict)[];
  /** What a plot needs besides, and each round's figures. */
  readonly details: Record<string, unknown>;
}

export const RESULTS = join(import.meta.dir, "../results");

/** Collects what a bench found, prints it as one table with what is required, and keeps it as JSON. */
export class Report {
  readonly result: Result;

  /** @param name of the file in bench/results, without its suffix */
  constructor(name: string, columns: readonly string[]) {
    const machine = describeMachine();
    this.result = {
      ...{ name, command: commandLine(), startedAt: new Date().toISOString(), machine, columns },
      ...{ rows: [], notes: [], requirements: [], details: {} },
    };
    const { cpu, cores, loadAverage, kernel, bun, ffmpeg, chromium } = machine;
    console.log(`${name}: ${cpu}, ${cores} cores (load ${loadAverage}), Linux ${kernel}`);
    console.log(`Bun ${bun}, ffmpeg ${ffmpeg}, Chromium ${chromium}\n`);
  }

  /** Adds a row; numbers are rounded to two decimals. */
  row(...cells: readonly Cell[]): void {
    this.result.rows.push(cells.map((cell) => (typeof cell === "number" ? round(cell, 2) : cell)));
  }

  /** Adds a line below the table. */
  note(text: string): void {
    this.result.notes.push(text);
  }

  require(name: string, verdict: Verdict): void {
    this.result.requirements.push({ name, ...verdict });
  }

  /** Prints and writes everything. @returns the exit code: 1 when a requirement is not met */
  finish(): 0 | 1 {
    const { name, columns, rows, notes, requirements } = this.result;
    console.log(`\n${tableOf(columns, rows)}\n`);
    for (const note of notes) {
      console.log(note);
    }
    for (const { name: what, isMet, measured } of requirements) {
      console.log(`${isMet ? "ok    " : "NOT MET"} ${what}: ${measured}`);
    }
    mkdirSync(RESULTS, { recursive: true });
    const path = join(RESULTS, `${name}.json`);
    writeFileSync(path, `${JSON.stringify(this.result, null, 2)}\n`);
    console.log(`\nwritten to ${path}`);
    return requirements.every(({ isMet }) => isMet) ? 0 : 1;
  }
}

function commandLine(): string {
  const [, file = "", ...words] = process.argv;
  const name = basename(file, ".ts");
  return ["npm run", name === "soak" ? name : `bench:${name}`, ...(words.length > 0 ? ["--", ...words] : [])].join(" ");
}

/** Columns as wide as their widest cell, the first to the left, the others to the right. */
export function tableOf(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns, ...rows].map((cells) => cells.map((cell) => String(cell ?? "–")));
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (text: string, column: number) => {
    const width = widths[column] as number;
    return column === 0 ? text.padEnd(width) : text.padStart(width);
  };
  const [head = "", ...body] = lines.map((line) => line.map(pad).join("  "));
  return [head, "-".repeat(head.length), ...body].join("\n");
}
