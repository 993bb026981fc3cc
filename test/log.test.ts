import { expect, test } from "bun:test";
import { harmless, harmlessJson, harmlessLines } from "../src/log.ts";

const UNSAFE = 'a\u001b[2Jb\u0007c\u009bd\u202ee\u2028f\u007f"\u{e0001}';

test("a text of somebody else's is one line without controls", () => {
  expect(harmless(`${UNSAFE}\ng`)).toBe('a [2Jb c d e f "  g');
  expect(harmless("Büro 📹 – 書斎")).toBe("Büro 📹 – 書斎");
});

test("lines stay lines", () => {
  expect(harmlessLines("one\u001b\ntwo")).toBe("one \ntwo");
});

test("JSON says the same, without controls", () => {
  const text = harmlessJson({ [UNSAFE]: [UNSAFE] });

  expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(text)).toEqual({ [UNSAFE]: [UNSAFE] });
});
