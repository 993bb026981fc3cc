// Parts: ffmpeg, python
import { expect, setDefaultTimeout, test } from "bun:test";
import { Lanvid } from "./support/lanvid.ts";
import { PythonPeer } from "./support/python-peer.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** `push` to a machine that serves: both send, and each waits for the other's hello. */

const SMALL = ["--size", "640x360"];

async function pushTo(
  server: Lanvid,
): Promise<{ readonly address: string; readonly stderr: string; code: number | null }> {
  const { port } = await server.event("ready");
  const address = `127.0.0.1:${port}`;
  await using sender = new Lanvid(["push", address, "test", ...SMALL]);
  const code = await sender.exited();
  return { address, stderr: sender.stderr, code };
}

async function expectWords(server: Lanvid, pushed: Awaited<ReturnType<typeof pushTo>>): Promise<void> {
  const { address } = pushed;
  const isSaid = () => server.stderr.includes("lanvid: hint: ");
  await waitFor(() => `the server to say what it turned away: ${JSON.stringify(server.stderr)}`, isSaid);
  const { stderr } = server;
  expect(pushed.code).toBe(7);
  expect(pushed.stderr).toContain(`lanvid: error: cannot continue with ${address}: it sends a stream of its own\n`);
  expect(pushed.stderr).toContain(`lanvid watch ${address}; to send to it, run "lanvid receive" there\n`);
  expect(stderr).toContain("lanvid: warning: turned away 127.0.0.1: it sends a stream of its own");
  expect(stderr).toContain('lanvid: hint: run "lanvid receive" here');
  expect(`${stderr}${pushed.stderr}`).not.toContain("viewer joined");
}

test("both say so at once where the page says that this is a serve", async () => {
  await using server = new Lanvid(["serve", "test", ...SMALL, "--port", "0"]);
  // The next free one from 8080 on; the first three are asked.
  expect(Number((await server.event("ready"))["http"])).toBeLessThanOrEqual(8082);

  const pushed = await pushTo(server);

  await expectWords(server, pushed);
  // Neither was taken for a classic receiver: nothing was captured there.
  expect(server.events.every(({ source }) => (source as { state?: string })?.state !== "live")).toBe(true);
});

test("without a page, both say so when the first picture has come", async () => {
  await using server = new Lanvid(["serve", "test", ...SMALL, "--port", "0", "--http", "off"]);

  await expectWords(server, await pushTo(server));
});

test("a Python receiver that listens gets its pictures, and is said to be a viewer", async () => {
  await using receiver = new PythonPeer("receiver", ["listen"]);
  const port = await receiver.port();
  await using sender = new Lanvid(["push", `127.0.0.1:${port}`, "test", ...SMALL]);

  await waitFor("the pictures", () => receiver.shown.length > 5);

  expect(sender.stderr).toContain("viewer joined: 127.0.0.1 (Python receiver)");
});
