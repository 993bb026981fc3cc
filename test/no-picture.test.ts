// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** What `watch` and `receive` say while the other side has no picture, and how long they wait for one. */

const FREE = ["--port", "0", "--http", "off"];
const WHY = "the file holds no video that can be read";

async function serveText(folder: Folder): Promise<{ readonly server: Lanvid; readonly address: string }> {
  await Bun.write(`${folder.path}/secret-name.mp4`, "no video");
  const server = new Lanvid(["serve", `${folder.path}/secret-name.mp4`, "--name", "vm", ...FREE]);
  const { port } = await server.event("ready");
  return { server, address: `127.0.0.1:${port}` };
}

test("watch says once why there is no picture, and goes on trying", async () => {
  using folder = new Folder();
  const { server, address } = await serveText(folder);
  await using _ = server;

  await using viewer = new Lanvid(["watch", address, "--view", "none"]);
  const waiting = await viewer.eventWhere(({ error }) => error !== null && error !== undefined);
  // The source is tried again meanwhile.
  await server.eventWhere(({ source }) => Number((source as { restarts?: number } | undefined)?.restarts) >= 3);
  await viewer.eventWhere(({ event, time }) => event === "stats" && time > waiting.time + 1000);

  expect(waiting).toMatchObject({ event: "stats", state: "waiting", error: WHY });
  expect(viewer.stderr).toBe(`lanvid: warning: no picture from vm: ${WHY}\n`);
});

test("with --no-retry, watch ends with exit code 6 when the other side's source goes on failing", async () => {
  using folder = new Folder();
  const { server, address } = await serveText(folder);
  await using _ = server;

  const ended = await runLanvid(["watch", address, "--view", "none", "--frames", "1", "--no-retry"]);

  expect(ended.code).toBe(6);
  expect(ended.stderr).toContain(`lanvid: error: no picture came from ${address}: ${WHY}\n`);
  expect(ended.stderr).toContain("lanvid: hint: leave out --no-retry");
});

test("with --no-retry, a source that fails once is waited for", async () => {
  using folder = new Folder();
  const failed = `${folder.path}/failed`;
  const isCapture =
    'case " $* " in *" -version "*|*" -encoders "*|*" -filters "*|*" -demuxers "*) exec "$REAL" "$@";; esac';
  const ffmpeg = folder.standIn(
    "ffmpeg",
    `${isCapture}\n[ -e ${failed} ] || { touch ${failed}; echo "Error opening input: nobody is in" >&2; exit 1; }\nexec "$REAL" "$@"`,
  );
  await using server = new Lanvid(["serve", "test", "--ffmpeg", ffmpeg, "--name", "vm", ...FREE]);
  const { port } = await server.event("ready");

  const watched = await runLanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "5", "--no-retry"]);

  expect(watched.stderr).toContain("lanvid: warning: no picture from vm: ");
  expect(watched.code).toBe(0);
});

test("receive says why the one who sends has no picture", async () => {
  using folder = new Folder();
  await Bun.write(`${folder.path}/text.mp4`, "no video");
  await using receiver = new Lanvid(["receive", "--port", "0", "--view", "none"]);
  const { port } = await receiver.event("ready");

  await using _ = new Lanvid(["push", `127.0.0.1:${port}`, `${folder.path}/text.mp4`, "--name", "porch"]);
  await receiver.eventWhere(({ error }) => error === WHY);

  expect(receiver.stderr).toContain(`lanvid: warning: no picture from porch: ${WHY}\n`);
});
