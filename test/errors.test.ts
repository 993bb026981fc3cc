import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { exitCodeOf } from "../src/cli/exit-code.ts";
import { asLanvidError, type ErrorKind, LanvidError, type Retry } from "../src/errors.ts";
import { reasonCodes } from "../src/wire/reasons.ts";
import { ProtocolError, type Reason, retryOf } from "../src/wire.ts";

const ROOT = join(import.meta.dir, "..");

/** docs/cli.md has the same table, for people. */
const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  internal: 1,
  usage: 2,
  source: 3,
  ffmpeg: 4,
  address: 5,
  connection: 6,
  refused: 7,
  output: 8,
  display: 9,
};

/** Every code that the program makes an error of by itself, its kind, and whether another try can help. */
const CODES = [
  "bad-ffmpeg: ffmpeg, never",
  "bad-input: source, never",
  "bad-output: ffmpeg, now",
  "cannot-connect: connection, now",
  "cannot-listen: address, never",
  "cannot-write: output, never",
  "denied: source, never",
  "display-gone: display, never",
  "display-refused: display, never",
  "file-exists: output, never",
  "http-port: address, never",
  "internal: internal, never",
  "lost: connection, now",
  "no-camera: source, never",
  "no-display: display, never",
  "no-display: source, never",
  "no-encoder: ffmpeg, never",
  "no-ffmpeg: ffmpeg, never",
  "no-fonts: display, never",
  "no-page: connection, now",
  "no-picture: connection, now",
  "no-screen: source, never",
  "no-source: source, never",
  "no-still: ffmpeg, never",
  "no-window: display, never",
  "old-ffmpeg: ffmpeg, never",
  "port-kept: address, never",
  "port-taken: address, never",
  "too-large: ffmpeg, never",
  "usage: usage, never",
  "wayland: source, never",
];

/** Made of what is given: a part that was not unpacked is of the kind of what needs it, a conversation's end has its own code. */
const PASSED_ON = ['"cache", kind', 'code, "refused"', 'end.code, "connection"'];

/** The reasons by which a conversation ends: what is told to a peer, or heard from one. */
const REASONS: Readonly<Record<Retry, readonly Reason[]>> = {
  now: ["ack-not-sent", "ended", "old-frame", "shutdown", "silent", "unread"],
  later: ["busy", "classic-full", "flood", "hops", "undecided"],
  never: [
    "bad-ack",
    "bad-field",
    "bad-json",
    "bad-number",
    "bad-ping",
    "bad-video",
    "base64",
    "classic-sender",
    "empty-message",
    "garbage",
    "http",
    "http-answer",
    "http-other",
    "http-too-long",
    "length",
    "message-too-long",
    "no-common-codec",
    "no-hello",
    "not-lanvid",
    "pickle-callable",
    "pickle-depth",
    "pickle-dtype",
    "pickle-limit",
    "pickle-opcode",
    "pickle-protocol",
    "pickle-shape",
    "pickle-size",
    "pickle-truncated",
    "pickle-value",
    "second-hello",
    "text-message",
    "tls",
    "two-receivers",
    "two-senders",
    "version",
    "wrong-role",
  ],
};

test.each(Object.entries(EXIT_CODES))("an error of kind %s ends the process with exit code %i", (kind, code) => {
  expect<number>(exitCodeOf(new LanvidError("some", kind as ErrorKind, "something is wrong"))).toBe(code);
});

test("it is decided of every code what kind it is, and whether another try can help", () => {
  const made = sources().flatMap((text) =>
    [...text.matchAll(/\bnew LanvidError\(/g)].map(({ index }) => argumentsAt(text, index + "new LanvidError(".length)),
  );

  const said = made.map(([code = "", kind = "", , options = ""]) => {
    const [known, knownKind] = [code, kind].map((part) => /^"([a-z0-9-]+)"$/.exec(part)?.[1]);
    const own = /\bretry: "(\w+)"/.exec(options)?.[1] as Retry | undefined;
    return known === undefined || knownKind === undefined
      ? `${code}, ${kind}`
      : `${known}: ${knownKind}, ${new LanvidError(known, knownKind as ErrorKind, "", { retry: own }).retry}`;
  });

  expect([...new Set(said)].sort()).toEqual([...CODES, ...PASSED_ON].sort());
});

describe("what ends a conversation", () => {
  test("is a reason of which it is decided whether another try can help", () => {
    const decided = Object.entries(REASONS).flatMap(([retry, codes]) => codes.map((code) => [code, retry]));

    expect(Object.fromEntries(reasonCodes().map((code) => [code, retryOf(code)]))).toEqual(Object.fromEntries(decided));
  });

  test("is the same for who finds it and for who is told it", () => {
    for (const code of reasonCodes()) {
      expect(new ProtocolError(code, "why").retry).toBe(retryOf(code));
    }
  });

  test.each(["some-day", "", "constructor", "__proto__"])("is to be tried later when it is not known: %j", (code) => {
    expect(retryOf(code)).toBe("later");
  });
});

test("what nobody expected is a bug, which no other try mends", () => {
  expect(asLanvidError(new TypeError("x is undefined"))).toMatchObject({ code: "internal", retry: "never" });
});

/** The program's text, without comments. */
function sources(): string[] {
  return [...new Glob("src/**/*.ts").scanSync(ROOT)].map((path) =>
    readFileSync(join(ROOT, path), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ""),
  );
}

/** The arguments of a call, as they are written, from behind its parenthesis. */
function argumentsAt(text: string, start: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let quote = "";
  let from = start;
  for (let at = start; ; at += 1) {
    const sign = text[at] as string;
    if (quote !== "") {
      at += sign === "\\" ? 1 : 0;
      quote = sign === quote ? "" : quote;
    } else if ("\"'`".includes(sign)) {
      quote = sign;
    } else if ("([{".includes(sign)) {
      depth += 1;
    } else if (depth === 0 && (sign === "," || sign === ")")) {
      found.push(text.slice(from, at).trim());
      from = at + 1;
      if (sign === ")") {
        return found;
      }
    } else if (")]}".includes(sign)) {
      depth -= 1;
    }
  }
}
