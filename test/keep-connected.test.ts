import { afterAll, expect, test } from "bun:test";
import { LanvidError } from "../src/errors.ts";
import { keepConnected } from "../src/remote.ts";
import { endFor, ProtocolError, type SessionEnd } from "../src/wire.ts";
import { HandClock } from "./support/hand-clock.ts";
import { waitFor } from "./support/wait.ts";

const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
const where = `127.0.0.1:${listener.port}`;

afterAll(() => listener.stop(true));

/** The longest first pause before what is tried at once, and the shortest before what is tried later; ms. */
const SOON_MS = 120;
const LATER_MS = 1200;

/** Connects until the second conversation, the first of which ends so: how many there were, when, and what was thrown. */
async function connect(first: SessionEnd, more: { readonly throwsLater?: boolean } = {}) {
  const over = new AbortController();
  const clock = new HandClock();
  let conversations = 0;
  const connecting = keepConnected({
    address: { host: "127.0.0.1", port: listener.port },
    counterpart: "serve",
    retry: true,
    ...more,
    signal: over.signal,
    converse: async (connection) => {
      connection.close();
      conversations += 1;
      if (conversations === 2) {
        over.abort();
      }
      return { end: first, isGreeted: true };
    },
    onLost() {},
    log: { debug() {}, info() {}, warn() {} } as never,
    clock,
  });
  let isOver = false;
  const error = connecting
    .then(
      () => null,
      (thrown: LanvidError) => thrown,
    )
    .finally(() => {
      isOver = true;
    });
  await waitFor("the pause after the first conversation", () => isOver || clock.waiting === 1);
  clock.advance(SOON_MS);
  const isSoon = clock.waiting === 0;
  clock.advance(LATER_MS - SOON_MS - 1);
  const isLater = clock.waiting === 1;
  clock.advance(LATER_MS);
  return { error: await error, conversations, again: conversations === 1 ? null : { isSoon, isLater } };
}

test.each(["bad-json", "wrong-role", "length", "base64"] as const)(
  "there is no other try after %s, on whichever side it was found",
  async (code) => {
    const heard = await connect({ code, message: "no", by: "peer" });
    const found = await connect(endFor(new ProtocolError(code, "no")));

    expect(heard.conversations).toBe(1);
    expect(heard.error).toMatchObject({ code, kind: "refused", message: `refused by ${where}: no` });
    expect(found.conversations).toBe(1);
    expect(found.error).toMatchObject({ code, kind: "refused", message: `cannot continue with ${where}: no` });
  },
);

test.each([
  { code: "old-frame", message: "no", by: "us" },
  { code: "lost", message: "the connection was closed", by: "network" },
  { code: "shutdown", message: "the server was stopped", by: "peer" },
] as const)("there is another try at once after $code", async (end) => {
  const again = { isSoon: true, isLater: false };

  expect(await connect(end, { throwsLater: true })).toEqual({ conversations: 2, error: null, again });
});

test.each(["busy", "hops", "a-word-of-tomorrow"])("there is another try after %s, but not soon", async (code) => {
  const end = { code, message: "no", by: "peer" } as const;
  const again = { isSoon: false, isLater: true };

  expect(await connect(end)).toEqual({ conversations: 2, error: null, again });
  const { conversations, error } = await connect(end, { throwsLater: true });
  expect(conversations).toBe(1);
  expect(error).toMatchObject({ code, retry: "later" });
});

test("a fault of this side is thrown as it is, whatever it is", async () => {
  const fault = new LanvidError("no-ffmpeg", "ffmpeg", "cannot find ffmpeg", { hint: "install it" });

  expect((await connect(endFor(fault))).error).toBe(fault);
});

test("what the other side can't do is not this side's fault", async () => {
  const end = { code: "cannot-write", message: "the other side can't write its file", by: "peer" } as const;

  const { error } = await connect(end, { throwsLater: true });

  expect(error).toMatchObject({ kind: "refused", message: `refused by ${where}: the other side can't write its file` });
});
