/** docs/states.md is the one table of states and words: it names all that the program has, and nothing else. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { STATE_WORDS } from "../src/media.ts";

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

/** The members of a union of texts, as its file has it. */
function members(file: string, type: string): string[] {
  const text = readFileSync(`${root}src/${file}`, "utf8");
  const union = text.slice(text.indexOf(`export type ${type} =`)).split(";")[0] as string;
  return [...union.matchAll(/"([a-z0-9-]+)"/g)].map(([, name]) => name as string);
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

  expect(namesOf(states)).toEqual(members("media.ts", "SourceState"));
});

test("the kinds of viewers are all that are counted", () => {
  const [kinds] = tablesUnder("Who is watching");
  const uncounted = ["local", "rendition"];

  const counted = members("hub/seat.ts", "ViewerKind").filter((kind) => !uncounted.includes(kind));

  expect(counted.length).toBeGreaterThan(4);
  expect(namesOf(kinds).toSorted()).toEqual(counted.toSorted());
});
