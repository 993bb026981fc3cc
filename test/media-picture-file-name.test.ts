import { expect, test } from "bun:test";
import { pictureFileName } from "../src/media.ts";

const SAVED_AT = new Date(2026, 10, 7, 6, 1, 42);
const named = (name: string) => pictureFileName(name, SAVED_AT).replace(/ 2026-11-07 06\.01\.42\.jpg$/, "");

test("a saved picture has the stream's name and the local time", () => {
  expect(pictureFileName("Kitchen camera", SAVED_AT)).toBe("Kitchen camera 2026-11-07 06.01.42.jpg");
  expect(named("Küche 厨房 👩‍🍳")).toBe("Küche 厨房 👩 🍳");
});

test("a stream's name can't leave the folder, hide the file, be an option or hide what it is", () => {
  expect(
    ["../../etc/passwd", "C:\\Windows\\a", "-rf", ".hidden", "~root", "a\u0000b\nc\u202Egpj", "a: <b>|c?*\"'"].map(
      named,
    ),
  ).toEqual(["etc-passwd", "C-Windows-a", "rf", "hidden", "root", "a b c gpj", "a- -b-c-'"]);
});

test("without a name that is left, lanvid's stands there", () => {
  expect(["", " ", "...", "///", "\u200b", "\ud800"].map(named)).toEqual(Array(6).fill("lanvid"));
});

test("a long name is cut between characters, so that it fits every file system", () => {
  const name = pictureFileName("🎥".repeat(500), SAVED_AT);

  expect(named("🎥".repeat(500))).toBe("🎥".repeat(25));
  expect(new TextEncoder().encode(name).length).toBeLessThan(143);
});
