// Parts: iproute
/** Why there is no connection, as the person who typed the address is told it. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { nameReason } from "../src/net.ts";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { SlowLink } from "./support/slow-link.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(60_000);

const NO_ANSWER = "the machine does not answer";
const NO_NETWORK = "this machine has no way to that network";
const NO_PROGRAM = "no program listens there";

let link: SlowLink;

beforeAll(async () => {
  link = await SlowLink.create("100mbit");
  await link.viewer.run("ip", "address", "add", "fd78::2/64", "dev", "eth0", "nodad");
  await link.server.run("ip", "address", "add", "fd78::1/64", "dev", "eth0", "nodad");
});

afterAll(() => link[Symbol.asyncDispose]());

/** What `watch` says of an address. */
async function complaintOf(address: string): Promise<string[]> {
  const { within } = link.viewer;
  const { code, stderr } = await runLanvid(["watch", address, "--view", "none", "--no-retry"], { within });
  expect(code).toBe(6);
  return stderr.trim().split("\n");
}

test.concurrent.each([
  ["10.78.0.99", "a machine that is off", NO_ANSWER],
  ["fd78::99", "the same over IPv6", NO_ANSWER],
  ["203.0.113.9", "a network that nothing leads to", NO_NETWORK],
  ["fd79::1", "the same over IPv6", NO_NETWORK],
  ["10.78.0.1", "a machine without a lanvid", NO_PROGRAM],
  ["fd78::1", "the same over IPv6", NO_PROGRAM],
])("%s, %s: %s", async (address, _, reason) => {
  const where = address.includes(":") ? `[${address}]` : address;

  expect((await complaintOf(address))[0]).toBe(`lanvid: error: cannot connect to ${where}:10050: ${reason}`);
});

test.concurrent("a name that is not known is named, and the hint is about names", async () => {
  const [error, hint] = await complaintOf("no-such-host.invalid");

  // Without a name server, and with one that knows no such name.
  expect(error).toMatch(
    /^lanvid: error: cannot connect to no-such-host\.invalid:10050: the name "no-such-host\.invalid" is not known(, or no DNS server answers)?$/,
  );
  expect(hint).toBe("lanvid: hint: check how it is written, or use the machine's address");
});

test.concurrent("doctor says the same of a machine that is off", async () => {
  const { within } = link.viewer;
  const { text } = await runLanvid(["doctor", "10.78.0.98"], { within });

  expect(text).toContain(`FAIL tcp        cannot connect to 10.78.0.98:10050: ${NO_ANSWER}\n`);
  expect(text).toContain(`10.78.0.98 cannot be watched from here: ${NO_ANSWER}.\n`);
});

test.concurrent("so does a relay of it", async () => {
  const { within } = link.viewer;
  await using relay = new Lanvid(["serve", "lanvid://10.78.0.97", "--port", "0", "--http", "off"], { within });
  const complaint = `cannot connect to 10.78.0.97:10050: ${NO_ANSWER}`;

  await waitFor(
    () => `the relay's complaint: ${relay.stderr}`,
    () => relay.stderr.includes(complaint),
  );
});

test.each([
  ["EAI_AGAIN", "the name is not known, or no DNS server answers"],
  ["DNS_ETIMEOUT", "the name is not known, or no DNS server answers"],
  ["ENOTFOUND", "the name is not known"],
  ["DNS_ENOTFOUND", "the name is not known"],
  ["EAI_NONAME", "the name is not known"],
  ["ENODATA", "the name is not known"],
  ["ECONNREFUSED", null],
  ["ETIMEDOUT", null],
])("%s is about a name: %j", (code, reason) => {
  expect(nameReason(code, "the name")).toBe(reason);
});

// The last: it takes the link down.
test("a link that is down at the other end, then at this one", async () => {
  await link.server.run("ip", "link", "set", "eth0", "down");
  const [there = ""] = await complaintOf("10.78.0.1");
  await link.viewer.run("ip", "link", "set", "eth0", "down");
  const [here = ""] = await complaintOf("10.78.0.1");

  expect([there, here].map((text) => text.split("10050: ")[1])).toEqual([NO_ANSWER, NO_NETWORK]);
});
