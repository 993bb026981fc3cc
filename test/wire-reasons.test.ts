import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Glob } from "bun";
import { MAX_NAME_LENGTH, MAX_REASON_LENGTH, PROTOCOL_VERSION } from "../src/wire/messages.ts";
import { Kind, LENGTH_BYTES, MAX_CONTROL_BYTES, MAX_HOPS } from "../src/wire.ts";
import { REASONS } from "./fuzz/campaign.ts";

const root = new URL("..", import.meta.url).pathname;
const document = readFileSync(`${root}docs/protocol.md`, "utf8");
const classicDocument = readFileSync(`${root}docs/classic.md`, "utf8");

/** The codes in the table of section 7, and in that of docs/classic.md. */
function documentedReasons(): string[] {
  const section = document.slice(document.indexOf("\n## 7."), document.indexOf("\n## 8.")) + classicDocument;
  const cells = [...section.matchAll(/^\| (`.*?) \|/gm)].map((match) => match[1] as string);
  return cells.flatMap((cell) => [...cell.matchAll(/`([a-z0-9-]+)`/g)].map((match) => match[1] as string));
}

/** The codes of all ProtocolErrors in the program, but for one that is named after what the first bytes were. */
function thrownReasons(): string[] {
  const files = [...new Glob("src/**/*.ts").scanSync({ cwd: root })];
  const text = files.map((file) => readFileSync(`${root}${file}`, "utf8")).join("\n");
  return [...text.matchAll(/(?:new ProtocolError|#refuse)\(\s*"([a-z0-9-]+)"/g)].map((match) => match[1] as string);
}

test("every reason that the program gives is in docs/protocol.md", () => {
  const documented = documentedReasons();

  expect(thrownReasons().filter((code) => !documented.includes(code))).toEqual([]);
});

test("every reason in docs/protocol.md is given by the program", () => {
  const given = new Set([...thrownReasons(), "http-other"]);

  expect(documentedReasons().filter((code) => !given.has(code))).toEqual([]);
});

test("the fuzzer knows reasons of docs/protocol.md only", () => {
  const documented = documentedReasons();

  expect(REASONS.filter((code) => !documented.includes(code))).toEqual([]);
});

test("the kinds and limits in docs/protocol.md are the program's", () => {
  const kinds = [...document.matchAll(/^\| `([0-9a-f]{2})` \| ([a-z]+) \|/gm)].map(([, value, name]) => [name, value]);

  expect(Object.fromEntries(kinds)).toEqual(
    Object.fromEntries(Object.entries(Kind).map(([name, value]) => [name, value.toString(16).padStart(2, "0")])),
  );
  expect(document).toContain(`# The protocol of a lanvid link, version ${PROTOCOL_VERSION}\n`);
  expect(document).toContain(`| payload of all but video | ${MAX_CONTROL_BYTES} bytes |`);
  expect(document).toContain(`| name, program, codec, code | ${MAX_NAME_LENGTH} characters |`);
  expect(document).toContain(`| error, message | ${MAX_REASON_LENGTH} characters |`);
  expect(document).toContain(`| hops | ${MAX_HOPS} |`);
  expect(LENGTH_BYTES).toBe(8);
});
