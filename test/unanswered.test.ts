// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { keepConnected } from "../src/remote.ts";
import { runLanvid } from "./support/lanvid.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(60_000);

/** What a person is told of a machine that takes the connection, and no more. */

test.each([
  ["watch", "serve", ["--view", "none"]],
  ["push", "receive", ["test"]],
])("%s names the command that is to run there", async (command, counterpart, more) => {
  using other = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      // A receiver says hello at once; a sender waits for one, and takes who is silent for longer for a classic receiver.
      open: (socket) => {
        setTimeout(() => socket.terminate(), counterpart === "serve" ? 10_000 : 50);
      },
      data: (socket) => socket.terminate(),
    },
  });
  const address = `127.0.0.1:${other.port}`;

  const failed = `lanvid: error: cannot connect to ${address}: the other side`;

  const { code, stderr } = await runLanvid([command, address, ...more, "--no-retry"]);

  expect(code).toBe(6);
  // Whether what it closes with is a reset hangs on what lies unread in its kernel at that moment.
  const [error] = stderr.split("\n");
  expect([
    `${failed} broke the connection off before it answered`,
    `${failed} closed the connection before it answered`,
  ]).toContain(error as string);
  expect(stderr).toContain(`lanvid: hint: check that lanvid ${counterpart} runs there, and that it lets`);
});

test("who was silent did not answer", async () => {
  using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const address = { host: "127.0.0.1", port: other.port };
  const end = { code: "lost", message: "silent for 10 s", by: "network", silentMs: 10_000 } as const;

  const connecting = keepConnected({
    address,
    counterpart: "serve",
    retry: false,
    signal: new AbortController().signal,
    converse: async (connection) => {
      connection.close();
      return { end, isGreeted: false };
    },
    onLost() {},
    log: { debug() {}, info() {}, warn() {} } as never,
  });

  await expect(connecting).rejects.toMatchObject({
    message: `cannot connect to 127.0.0.1:${other.port}: it did not answer within 10 s`,
    hint: "check that lanvid serve runs there",
  });
});
