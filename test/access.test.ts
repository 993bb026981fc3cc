import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Lanvid } from "./support/lanvid.ts";
import { type Namespace, type RoutedNetwork, routedNetwork } from "./support/namespaces.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const SERVE = ["serve", "test", "--size", "640x360", "--port", "10050", "--http", "8080"];
const ADDRESSES = ["10.77.0.2", "[fd77::2]"];

let network: RoutedNetwork;

beforeAll(async () => {
  network = await routedNetwork();
});

afterAll(async () => {
  await network[Symbol.asyncDispose]();
});

/** Status and body of an HTTP request that is made in a namespace. */
async function get(from: Namespace, url: string): Promise<{ status: number; body: string }> {
  const program = `const r = await fetch(${JSON.stringify(url)}); console.log(JSON.stringify({ status: r.status, body: (await r.text()).slice(0, 500) }))`;
  return JSON.parse(await from.run(process.execPath, "-e", program));
}

function watch(from: Namespace, address: string): Lanvid {
  const args = ["watch", `${address}:10050`, "--view", "none", "--frames", "10", "--no-retry"];
  return new Lanvid(args, { within: from.within });
}

test("whoever is on this machine's link by a route alone is served, and an address that comes later is told", async () => {
  const { server, router } = network;
  await using lanvid = new Lanvid(SERVE, { within: server.within });
  const { urls } = await lanvid.event("ready");
  expect(urls).not.toContain("http://[2001:db8:7:1::a]:8080/");

  // As by DHCPv6, with a router that says what is on the link.
  await server.run("ip", "address", "add", "2001:db8:7:1::a/128", "dev", "eth0", "nodad");
  await server.run("ip", "route", "add", "2001:db8:7:1::/64", "dev", "eth0");
  await router.run("ip", "address", "add", "2001:db8:7:1::b/64", "dev", "inside", "nodad");
  const more = await lanvid.event("addresses");
  const { status } = await get(router, "http://[2001:db8:7:1::a]:8080/healthz");

  expect(more).toMatchObject({
    urls: ["http://[2001:db8:7:1::a]:8080/"],
    watch: ["lanvid watch [2001:db8:7:1::a]:10050"],
  });
  expect(status).toBe(200);
});

describe("without --public", () => {
  let server: Lanvid;

  beforeAll(async () => {
    server = new Lanvid(SERVE, { within: network.server.within });
    await server.event("ready");
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test.each(ADDRESSES)("a neighbour is served at %s", async (address) => {
    await using viewer = watch(network.router, address);

    expect(await viewer.event("end")).toMatchObject({ reason: "frames", frames: 10, code: 0 });
    expect((await get(network.router, `http://${address}:8080/healthz`)).status).toBe(200);
  });

  test.each(ADDRESSES)("a stranger is refused the stream at %s", async (address) => {
    await using viewer = watch(network.stranger, address);

    expect(await viewer.event("end")).toMatchObject({ reason: "error", frames: 0, code: 6 });
  });

  test.each(
    ADDRESSES.flatMap((address) => ["/", "/stream", "/snapshot", "/state", "/ws"].map((path) => [address, path])),
  )("a stranger is refused the page at http://%s:8080%s", async (address, path) => {
    const { status, body } = await get(network.stranger, `http://${address}:8080${path}`);

    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ error: { code: "not-local", hint: expect.stringContaining("--public") } });
  });

  test("the person is told who was turned away, and how to let them in", () => {
    expect(server.stderr).toContain("lanvid: warning: turned away 203.0.113.9: it is not on this machine's networks");
    expect(server.stderr).toContain("lanvid: warning: turned away 2001:db8:113::9");
    expect(server.stderr).toContain("lanvid: hint: let everyone in with --public");
  });
});

test.each(ADDRESSES)("with --public, a stranger is served at %s", async (address) => {
  await using server = new Lanvid([...SERVE, "--public"], { within: network.server.within });
  await server.event("ready");

  await using viewer = watch(network.stranger, address);

  expect(await viewer.event("end")).toMatchObject({ reason: "frames", frames: 10, code: 0 });
  expect((await get(network.stranger, `http://${address}:8080/`)).status).toBe(200);
  expect(server.stderr).toContain("lanvid: warning: anyone who can reach this machine can watch");
});

test("receive refuses a stranger's push, and takes a neighbour's", async () => {
  await using receiver = new Lanvid(["receive", "--view", "none", "--frames", "10"], { within: network.server.within });
  await receiver.event("ready");
  const push = (from: Namespace) =>
    new Lanvid(["push", "10.77.0.2", "test", "--size", "640x360", "--no-retry"], { within: from.within });

  await using stranger = push(network.stranger);
  const refused = await stranger.event("end");
  await using _neighbour = push(network.router);
  const end = await receiver.event("end");

  expect(refused).toMatchObject({ reason: "error", code: 6 });
  expect(end).toMatchObject({ frames: 10, code: 0 });
  expect(receiver.stderr).toContain("turned away 203.0.113.9");
});

test("a neighbour that asks more often than it may gets 429, and a viewer there goes on", async () => {
  await using server = new Lanvid([...SERVE, "--max-per-address", "2"], { within: network.server.within });
  await server.event("ready");
  await using viewer = new Lanvid(["watch", "10.77.0.2:10050", "--view", "none"], { within: network.router.within });
  await viewer.eventWhere(({ event, fps }) => event === "stats" && Number(fps) > 0);
  const url = "http://10.77.0.2:8080/healthz";
  const program = `const all = await Promise.all(Array.from({ length: 100 }, () => fetch("${url}"))); console.log(JSON.stringify(all.map((one) => one.status)))`;

  const statuses = JSON.parse(await network.router.run(process.execPath, "-e", program)) as number[];
  const before = viewer.events.length;
  await viewer.eventWhere((event) => viewer.events.indexOf(event) >= before && Number(event["fps"]) > 0);

  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(viewer.events.at(-1)).toMatchObject({ reconnects: 0 });
  expect(server.stderr).toContain("lanvid: warning: refused requests from 10.77.0.1");
});
