// Parts: ffmpeg
import { afterAll, expect, test } from "bun:test";
import { type Fault, LanvidError } from "../src/errors.ts";
import { findFfmpeg } from "../src/ffmpeg.ts";
import { sourceOf } from "./support/capture.ts";
import { Folder } from "./support/stand-in.ts";

const folder = new Folder();

afterAll(() => folder[Symbol.dispose]());

test("standard input that can't be read ends with the error that says why", async () => {
  const ffmpeg = folder.standIn("failing", 'echo "/home/me: Invalid data found when processing input" >&2; exit 1');

  const why = await endOf(ffmpeg);

  expect(why).toBeInstanceOf(LanvidError);
  expect(why).toMatchObject({ code: "bad-input", kind: "source", retry: "never" });
  expect(why.message).toStartWith("standard input ");
  expect(why.forPeers).not.toContain("/home/me");
});

test("standard input that was read to its end ends with no error", async () => {
  const why = await endOf(folder.standIn("reading", "exit 0"));

  expect(why).not.toBeInstanceOf(LanvidError);
  expect(why.message).toBe("standard input has ended");
});

/** How standard input ends for this ffmpeg. */
async function endOf(ffmpeg: string): Promise<Fault> {
  const { promise, resolve } = Promise.withResolvers<Fault>();
  const source = sourceOf("-", { codec: "mjpeg", fps: 5 }, { ffmpeg: findFfmpeg(ffmpeg) });
  source.start({ frame() {}, describe() {}, ended: resolve });
  const why = await promise;
  await source.stop();
  return why;
}
