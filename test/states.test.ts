/** docs/states.md is the one table of states and words: it names all that the program has, and nothing else. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { SOURCE_STATES, STATE_WORDS } from "../src/media.ts";
import { VIEWER_KINDS } from "../src/stream.ts";

const root = new URL("..", import.meta.url).pathname;
const document = readFileSync(`${root}docs/states.md`, "utf8");

/** The cells of the rows whose first one is code, in each table under this heading. */
function tablesUnder(heading: string): string[][][] {
  const section = document.split("\n## ").find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const tables = section.split("\n\n").filter((part) => part.startsWith("| "));
  return tables.map((table) =>
    [...table.matchAll(/^\| (`.*) \|$/gm)].map(([, row]) => (row as string).split(" | ").map((cell) => cell.trim())),
  );
}

function namesOf(table: readonly string[][] | undefined): string[] {
  return (table ?? []).map(([name = ""]) => name.replaceAll("`", ""));
}

test("the states of a viewer and their words are the program's", () => {
  const [meanings, surfaces] = tablesUnder("What a viewer is doing");

  const words = (meanings ?? []).map(([, , word]) => word);

  expect(namesOf(meanings)).toEqual(Object.keys(STATE_WORDS));
  expect(words).toEqual(Object.values(STATE_WORDS));
  expect(namesOf(surfaces)).toEqual(Object.keys(STATE_WORDS));
});

test("the states of a source are the program's", () => {
  const [states] = tablesUnder("What a source is doing");

  expect(namesOf(states)).toEqual([...SOURCE_STATES]);
});

test("the kinds of viewers are all that are counted", () => {
  const [kinds] = tablesUnder("Who is watching");

  expect(VIEWER_KINDS.length).toBeGreaterThan(4);
  expect(namesOf(kinds).toSorted()).toEqual(VIEWER_KINDS.toSorted());
});
