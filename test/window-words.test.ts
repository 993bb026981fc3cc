import { describe, expect, test } from "bun:test";
import { type Situation, titleOf, wordsOf } from "../src/outputs/player/window-words.ts";
import { ReceptionStats } from "../src/remote.ts";

const FIGURES = { ...new ReceptionStats().lastSecond(), delayMs: { p50: 12.4, p95: 15, max: 20 } };
const LIVE: Situation = {
  name: "desk",
  state: "live",
  opening: "connecting to desk",
  reason: null,
  figures: FIGURES,
  frozenAt: null,
  note: null,
  showsFigures: false,
  showsKeys: false,
  canFillScreen: true,
  isClassic: false,
};
const STALE: Situation = { ...LIVE, state: "stale", figures: { ...FIGURES, stillMs: 2300 } };
const FROZEN_AT = new Date(2026, 10, 27, 16, 17, 12);
const FROZEN = "frozen at 16:17:12 · space goes on";

function textsOf(situation: Situation): string[][] {
  return wordsOf(situation).map(({ place, lines }) => [place, ...lines.map(({ text }) => text)]);
}

test.each([
  [LIVE, "desk · 12 ms – lanvid"],
  [{ ...LIVE, figures: { ...FIGURES, delayMs: { p50: null, p95: null, max: null } } }, "desk – lanvid"],
  [STALE, "desk · no new picture for 2 s – lanvid"],
  [{ ...LIVE, state: "connecting" }, "desk · connecting – lanvid"],
  [{ ...LIVE, state: "waiting" }, "desk · waiting – lanvid"],
  [{ ...LIVE, state: "reconnecting" }, "desk · no connection – lanvid"],
  [{ ...LIVE, frozenAt: FROZEN_AT }, "desk · frozen – lanvid"],
  [{ ...STALE, frozenAt: FROZEN_AT }, "desk · frozen – lanvid"],
  [{ ...LIVE, state: "reconnecting", frozenAt: FROZEN_AT }, "desk · no connection – lanvid"],
] as const)("the title says how it stands: %#", (situation, title) => {
  expect(titleOf(situation)).toBe(title);
});

test("a live picture has nothing over it", () => {
  expect(wordsOf(LIVE)).toEqual([]);
});

test("a picture that stands still is told of in amber, and stays as bright as it is", () => {
  expect(wordsOf(STALE)).toEqual([
    { lines: [{ text: "no new picture for 2 s", isAlert: true }], place: "lower", dims: false },
  ]);
});

test.each([
  ["connecting", null, ["connecting to desk"]],
  ["connecting", "nobody listens there", ["connecting to desk", "nobody listens there"]],
  ["waiting", null, ["waiting for the picture"]],
  ["waiting", "the camera is in use", ["no picture", "the camera is in use"]],
  ["reconnecting", "lost desk", ["no connection", "lost desk"]],
] as const)("%s, because of %p, is said in the middle", (state, reason, lines) => {
  expect(textsOf({ ...LIVE, state, reason })).toEqual([["centre", ...lines]]);
});

describe("a frozen picture", () => {
  const frozen = { ...LIVE, frozenAt: FROZEN_AT };

  test("says so, and since when", () => {
    expect(textsOf(frozen)).toEqual([["lower", FROZEN]]);
  });

  test("stays when the connection is lost, and says both", () => {
    const words = wordsOf({ ...frozen, state: "reconnecting", reason: "lost desk" });

    expect(words).toEqual([
      {
        lines: [
          { text: FROZEN, isAlert: true },
          { text: "no connection: lost desk", isAlert: true },
        ],
        place: "lower",
        dims: false,
      },
    ]);
  });

  test("has no delay", () => {
    const [figures] = textsOf({ ...frozen, showsFigures: true });

    expect(
      textsOf({ ...LIVE, showsFigures: true })
        .flat()
        .join(),
    ).toContain("12 ms");
    expect(figures?.join()).not.toContain("12 ms");
    expect(figures?.at(-1)).toBe("not live · 0 dropped");
  });
});

test("the list of keys takes no state away, and has Enter for a classic sender only", () => {
  const open = { ...LIVE, showsKeys: true };
  const all = (situation: Situation) => textsOf(situation).flat().join("\n");

  expect(all(open)).toContain("f\tfull screen");
  expect(all(open)).not.toContain("Enter");
  expect(all({ ...open, isClassic: true })).toContain("q, Enter\tquit");
  expect(all({ ...open, canFillScreen: false })).not.toContain("full screen");
  expect(textsOf({ ...open, state: "reconnecting", reason: "lost desk" }).at(-1)).toEqual([
    "lower",
    "no connection: lost desk",
  ]);
  expect(textsOf({ ...open, frozenAt: FROZEN_AT }).at(-1)).toEqual(["lower", FROZEN]);
});
