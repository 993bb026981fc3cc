import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { round } from "../../src/units.ts";
import { describeMachine, type Machine } from "./machine.ts";

/** A cell of the table; null is printed as a dash. */
export type Cell = string | number | null;

interface Requirement {
  readonly name: string;
  readonly isMet: boolean;
  readonly measured: string;
}

const RESULTS = join(import.meta.dir, "../results");

/** Collects what a bench found, prints it as one table with what is required, and keeps it as JSON. */
export class Report {
  readonly #name: string;
  readonly #machine: Machine = describeMachine();
  readonly #columns: readonly string[];
  readonly #rows: Cell[][] = [];
  readonly #requirements: Requirement[] = [];
  readonly #notes: string[] = [];
  readonly #startedAt = new Date();

  /** @param name the name of the file in bench/results, without its suffix */
  constructor(name: string, columns: readonly string[]) {
    this.#name = name;
    this.#columns = columns;
    const { cpu, cores, loadAverage, kernel, bun, ffmpeg, chromium } = this.#machine;
    console.log(`${name}: ${cpu}, ${cores} cores (load ${loadAverage}), Linux ${kernel}`);
    console.log(`Bun ${bun}, ffmpeg ${ffmpeg}, Chromium ${chromium}\n`);
  }

  /** Adds a row; numbers are rounded to two decimals. */
  row(...cells: readonly Cell[]): void {
    this.#rows.push(cells.map((cell) => (typeof cell === "number" ? round(cell, 2) : cell)));
  }

  /** A line below the table. */
  note(text: string): void {
    this.#notes.push(text);
  }

  /** Adds a requirement: `measured` must be a number that is at most `limit`. */
  atMost(name: string, measured: number | null, limit: number, unit = ""): void {
    const value = measured === null ? "nothing measured" : `${round(measured, 2)}${unit}`;
    const isMet = measured !== null && measured <= limit;
    this.#requirements.push({ name, isMet, measured: `${value}, at most ${round(limit, 2)}${unit}` });
  }

  /** Adds a requirement that was judged elsewhere; `measured` says what by. */
  holds(name: string, isMet: boolean, measured: string): void {
    this.#requirements.push({ name, isMet, measured });
  }

  /** Prints and writes everything. @returns the exit code: 1 when a requirement is not met */
  finish(details: unknown): 0 | 1 {
    console.log(`\n${tableOf(this.#columns, this.#rows)}\n`);
    for (const note of this.#notes) {
      console.log(note);
    }
    for (const { name, isMet, measured } of this.#requirements) {
      console.log(`${isMet ? "ok    " : "NOT MET"} ${name}: ${measured}`);
    }
    mkdirSync(RESULTS, { recursive: true });
    const path = join(RESULTS, `${this.#name}.json`);
    const result = {
      name: this.#name,
      startedAt: this.#startedAt.toISOString(),
      machine: this.#machine,
      words: process.argv.slice(2),
      columns: this.#columns,
      rows: this.#rows,
      notes: this.#notes,
      requirements: this.#requirements,
      details,
    };
    writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`\nwritten to ${path}`);
    return this.#requirements.every(({ isMet }) => isMet) ? 0 : 1;
  }
}

/** Columns as wide as their widest cell, the first to the left, the others to the right. */
function tableOf(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns, ...rows].map((cells) => cells.map((cell) => String(cell ?? "–")));
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (text: string, column: number) => {
    const width = widths[column] as number;
    return column === 0 ? text.padEnd(width) : text.padStart(width);
  };
  const [head = "", ...body] = lines.map((line) => line.map(pad).join("  "));
  return [head, "-".repeat(head.length), ...body].join("\n");
}
