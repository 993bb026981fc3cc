// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { Lanvid, runLanvid } from "./support/lanvid.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** Whoever works over ssh sees no window and no browser of the machine that `watch` runs on. */

const SSH = {
  ...{ DISPLAY: undefined, WAYLAND_DISPLAY: undefined },
  SSH_CONNECTION: "10.0.0.7 50000 10.0.0.9 22",
};

test("watch over ssh names what works, and no address of its own", async () => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", "--port", "0", "--http", "0"]);
  const { port, http } = await server.event("ready");

  const watched = await runLanvid(["watch", `127.0.0.1:${port}`, "--frames", "30"], { env: SSH });

  expect(watched.code).toBe(0);
  expect(watched.stderr).toContain("lanvid: hint: see it in this terminal: add --view terminal\n");
  expect(watched.stderr).toContain(`in a browser: http://127.0.0.1:${http}/\n`);
  expect(watched.stderr.match(/http:\S+/g)).toEqual([`http://127.0.0.1:${http}/`]);
});

test("nor does receive, and JSON has none either", async () => {
  await using receiver = new Lanvid(["receive", "--port", "0"], { env: SSH });

  const ready = await receiver.event("ready");

  expect(ready).toMatchObject({ urls: [] });
  expect(receiver.stderr).toContain("add --view terminal");
  expect(receiver.stderr).not.toContain("http:");
});

test("where the sender has no page, none is named", async () => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", "--port", "0", "--http", "off"]);
  const { port } = await server.event("ready");

  const watched = await runLanvid(["watch", `127.0.0.1:${port}`, "--frames", "30"], { env: SSH });

  expect(watched.stderr).not.toContain("http:");
});

test("at a machine without a display, watch names the same", async () => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", "--port", "0", "--http", "0"]);
  const { port, http } = await server.event("ready");
  const env = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined, SSH_CONNECTION: undefined, SSH_TTY: undefined };

  const watched = await runLanvid(["watch", `127.0.0.1:${port}`, "--frames", "30"], { env });

  const why = "DISPLAY is not set, and no browser can be opened from here";
  expect(watched.stderr).toContain(`lanvid: warning: nothing shows the stream: ${why}\n`);
  expect(watched.stderr).toContain("lanvid: hint: see it in this terminal: add --view terminal\n");
  expect(watched.stderr.match(/http:\S+/g)).toEqual([`http://127.0.0.1:${http}/`]);
});

test("with a display that can't be reached and no browser, the local page is named as well", async () => {
  const env = { DISPLAY: ":4095", SSH_CONNECTION: undefined, SSH_TTY: undefined, PATH: "/nonexistent" };
  await using viewer = new Lanvid(["watch", "127.0.0.1:1"], { env });

  await viewer.eventWhere(({ error }) => typeof error === "string");

  expect(viewer.stderr).toMatch(/nothing shows the stream: .*, and no browser can be opened from here\n/);
  expect(viewer.stderr).toMatch(/add --view terminal, or open http:\S+ yourself\n/);
});

test("with a display that ssh forwards, it is as at the machine itself", async () => {
  const env = { ...SSH, DISPLAY: ":4095" };
  await using viewer = new Lanvid(["watch", "127.0.0.1:1"], { env });

  await viewer.eventWhere(({ error }) => typeof error === "string");

  expect(viewer.stderr).toContain('the X display ":4095" can\'t be reached');
  expect(viewer.stderr).not.toContain("over ssh");
});
