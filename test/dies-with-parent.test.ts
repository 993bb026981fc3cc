import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync } from "node:fs";
import { Lanvid } from "./support/lanvid.ts";
import { commandOf, ffmpegOf } from "./support/processes.ts";
import { Folder } from "./support/stand-in.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

test("a setpriv that can't do it, as BusyBox's, is left out: the picture comes", async () => {
  using folder = new Folder();
  const refusing = `#!/bin/sh\necho "setpriv: unrecognized option '--pdeathsig'" >&2\nexit 1\n`;
  chmodSync(folder.write("setpriv", refusing), 0o755);
  const env = { PATH: `${folder.path}:${process.env["PATH"]}` };
  await using server = new Lanvid(["serve", "test", "--port", "0", "--http", "off", "--always-on"], { env });

  const ffmpeg = await ffmpegOf(server.child.pid);
  const live = await server.eventWhere(({ source }) => (source as { state?: string } | null)?.state === "live");

  expect(commandOf(ffmpeg)[0]).toContain("ffmpeg");
  expect(live["source"]).toMatchObject({ error: null, restarts: 0 });
});
