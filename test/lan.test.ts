import { describe, expect, test } from "bun:test";
import { hostname, type NetworkInterfaceInfo } from "node:os";
import { join } from "node:path";
import { routesOfIpv4, routesOfIpv6 } from "../src/access/routes.ts";
import { foreignNetworks, hostNameOf, hostPolicy, isLanAddress } from "../src/access.ts";

function interfaceWith(cidr: string | null): NetworkInterfaceInfo {
  const [address = ""] = (cidr ?? "").split("/");
  const shared = { address, netmask: "", mac: "", internal: false, cidr };
  return address.includes(":") ? { ...shared, family: "IPv6", scopeid: 0 } : { ...shared, family: "IPv4" };
}

const interfaces = [interfaceWith("203.0.113.77/28"), interfaceWith("2001:db8:1:2::5/64"), interfaceWith(null)];

describe("an address on our network", () => {
  test.each([
    "127.0.0.1",
    "127.255.255.254",
    "::1",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.1.1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fc00::1",
    "fdff::1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "203.0.113.64",
    "203.0.113.79",
    "::ffff:203.0.113.70",
    "2001:db8:1:2::ffff",
  ])("%s is", (address) => {
    expect(isLanAddress(address, () => interfaces)).toBe(true);
  });

  test.each([
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "169.253.255.255",
    "203.0.113.63",
    "203.0.113.80",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "::",
    "::ffff:8.8.8.8",
    "::ffff:203.0.113.80",
    "2001:db8:1:3::1",
    "2606:4700::1111",
    "fec0::1",
    "ff02::1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "",
    "studio",
    "10.0.0.1.example",
  ])("%s is not", (address) => {
    expect(
      isLanAddress(
        address,
        () => interfaces,
        () => [],
      ),
    ).toBe(false);
  });

  test.each([
    ["0.0.0.0/0", "8.8.8.8", false],
    ["198.18.0.1/7", "198.19.0.1", false],
    ["198.18.0.1/15", "198.19.0.1", true],
    // A rented server, and its neighbours.
    ["5.75.130.7/20", "5.75.130.8", false],
    ["5.75.130.7/20", "5.75.130.7", true],
    ["5.75.130.7/32", "5.75.130.7", true],
    ["5.75.130.7/20", "::ffff:5.75.130.8", false],
    // A prefix of what is not public that reaches what is.
    ["192.0.2.1/8", "192.30.255.113", false],
    ["192.0.2.1/24", "192.0.2.9", true],
    // A home of public IPv6 addresses.
    ["2a02:908:1:2::5/64", "2a02:908:1:2:abcd::1", true],
    ["2a02:908:1:2::5/64", "2a02:908:1:3::1", false],
    ["2a02:908:1:2::5/80", "2a02:908:1:2::6", true],
    ["2a02:908:1:2::5/56", "2a02:908:1:3::1", false],
    ["2a02:908:1:2::5/56", "2a02:908:1:2::5", true],
    ["2002:c000:204::1/16", "2002:808:808::1", false],
    ["::/0", "2606:4700::1111", false],
  ])("of an interface with %s, %s is: %p", (cidr, address, expected) => {
    expect(
      isLanAddress(
        address,
        () => [interfaceWith(cidr)],
        () => [],
      ),
    ).toBe(expected);
  });

  test("a private address is known without a question to the system: it is asked of each request", () => {
    const ask = () => {
      throw new Error("asked");
    };

    expect(isLanAddress("::ffff:192.168.1.7", ask, ask)).toBe(true);
  });

  test("is judged by this machine's own interfaces, unless told", () => {
    expect(isLanAddress("127.0.0.1")).toBe(true);
    expect(isLanAddress("8.8.8.8")).toBe(false);
  });
});

describe("a browser's Host", () => {
  const policy = hostPolicy(["Cam.example", "büro.example", "studio.example."]);

  test.each([
    "localhost",
    "localhost:8080",
    "LOCALHOST",
    "localhost.",
    "10.0.0.4",
    "10.0.0.4:10050",
    "8.8.8.8:80",
    "[::1]",
    "[::1]:8080",
    "[FD00::1]:8080",
    "cam.example",
    "CAM.EXAMPLE:8080",
    "xn--bro-hoa.example:8080",
    "studio.example",
    "studio.example.:8080",
    hostname(),
    `${hostname()}.local:8080`,
  ])("%s is let in", (host) => {
    expect(policy.allows(host)).toBe(true);
  });

  test.each([
    "",
    "evil.example",
    "cam.example.evil.example",
    "localhost.evil.example",
    "10.0.0.4.evil.example",
    "evil.example:80",
    "localhost:",
    "localhost:port",
    "localhost:123456",
    "local host",
    "localhost/evil",
    "user@localhost",
    "[::1",
    "::1",
    "[evil.example]",
    "0x0a000004",
    "167772164",
    "10.4",
  ])("%j is not", (host) => {
    expect(policy.allows(host)).toBe(false);
  });
});

describe("of a machine called vm, the name", () => {
  const own = ["vm", "vm.local", "vm.lan", "vm.home", "vm.home.arpa", "vm.internal", "VM.localdomain", "vm.lan.:8080"];
  // Strangers can have a name there, or have one that only begins so.
  const foreign = [
    "vm.fritz.box",
    "vm.tail1a2b.ts.net",
    "vm.box",
    "vm.corp",
    "vm.arpa",
    "vm.example",
    "vm.lan.example",
  ];
  const other = [
    "other.lan",
    "a.vm.lan",
    "vmlan",
    "lan",
    "home.arpa",
    "evil.example.lan",
    "nvm.lan",
    "vm..lan",
    "vm.lan.lan",
  ];

  test.each(["vm", "Vm.fritz.box", "vm.local"])(
    "(%s by itself) is let in with what routers put behind it",
    (ownName) => {
      const policy = hostPolicy([], { ownName: () => ownName });

      expect(own.filter((host) => !policy.allows(host))).toEqual([]);
      expect([...foreign, ...other].filter((host) => policy.allows(host))).toEqual(
        foreign.filter((host) => host === ownName.toLowerCase()),
      );
    },
  );

  test.each(["127.0.0.1", "::1", "localhost"])("is this machine's alone where it listens on %s", (listensOn) => {
    const policy = hostPolicy([], { ownName: () => "vm", listensOn });

    expect(own.filter((host) => policy.allows(host))).toEqual(["vm", "vm.local"]);
  });

  test("is none where there is no name", () => {
    const policy = hostPolicy([], { ownName: () => "" });

    expect(["undefined", "undefined.lan", ".lan", "null.lan", "lan"].filter((host) => policy.allows(host))).toEqual([]);
  });
});

test.each([
  ["Studio.Example", "studio.example"],
  ["studio.example.", "studio.example"],
  ["büro.example", "xn--bro-hoa.example"],
  ["my_host", "my_host"],
  ["10.0.0.4", "10.0.0.4"],
])("the name %s is written %s in a Host header", (text, name) => {
  expect(hostNameOf(text)).toBe(name);
});

test.each([
  "",
  "a:8080",
  "a/b",
  "a b",
  "u@a",
  "*.example",
  "[::1]",
  "a..b",
  "a;b",
  "a,b",
  "%41",
  "http://a",
  "..",
  "a?b",
])("%j is no host name", (text) => {
  expect(hostNameOf(text)).toBeNull();
});

test("this machine's name is the one that it has when it is asked for", () => {
  let name = "before";
  const policy = hostPolicy([], { ownName: () => name });

  expect(["before", "Before.local:8080", "after"].map((host) => policy.allows(host))).toEqual([true, true, false]);
  name = "After";
  expect(["before", "after", "after.local:8080"].map((host) => policy.allows(host))).toEqual([false, true, true]);
});

/** As Linux writes them, but for the spaces at the ends of lines. */
const IPV6_ROUTES = `
20010db800070001000000000000000a 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
20010db8000700010000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000400 00000002 00000000 00000001     eth0
20010db8000900000000000000000000 40 00000000000000000000000000000000 00 20010db8000700010000000000000001 00000400 00000002 00000000 00000003     eth0
20010db8000a00000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000400 00000001 00000000 00200200       lo
20010db800070001000000000000000a 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001     eth0
ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000002 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00000001     eth0
20010db8000b00000000000000000000 40 0000000000
`;
const IPV4_ROUTES = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0100000A	0003	0	0	0	00000000	0	0	0
eth0	000012C6	00000000	0001	0	0	0	0000FFFF	0	0	0
eth0	000000E0	00000000	0001	0	0	0	000000F0	0	0	0
eth0	0000A8C0	0100000A	0003	0	0	0	00FFFFFF	0	0	0
wg0	00000000	00000000	0001	0	0	0	00000080	0	0	0
eth0	0080
`;

test("routes to what is on a link are told from those to a router, to nobody and to this machine itself", () => {
  expect(routesOfIpv6(IPV6_ROUTES)).toEqual([
    { cidr: "2001:0db8:0007:0001:0000:0000:0000:000a/128", device: "eth0" },
    { cidr: "2001:0db8:0007:0001:0000:0000:0000:0000/64", device: "eth0" },
  ]);
  expect(routesOfIpv4(IPV4_ROUTES)).toEqual([
    { cidr: "198.18.0.0/16", device: "eth0" },
    { cidr: "0.0.0.0/1", device: "wg0" },
  ]);
});

test.each([
  ["2001:db8:7:1::/64", "2001:db8:7:1::b", true],
  ["2001:db8:7:1::/64", "2001:db8:7:2::b", false],
  ["2a02:908:1:2::/64", "2a02:908:1:2::b", true],
  ["2a02:908::/48", "2a02:908:0:2::b", false],
  ["198.18.0.0/16", "198.18.0.9", true],
  ["5.75.128.0/20", "5.75.130.8", false],
  ["5.75.128.0/20", "5.75.128.0", false],
  ["0.0.0.0/1", "8.8.8.8", false],
])("with a route that says that %s is on the link, %s is on our network: %p", (route, address, expected) => {
  const alone = [interfaceWith("2001:db8:7:1::a/128"), interfaceWith("198.18.0.5/32"), interfaceWith("5.75.130.7/32")];

  expect(
    isLanAddress(
      address,
      () => alone,
      () => [],
    ),
  ).toBe(false);
  expect(
    isLanAddress(
      address,
      () => alone,
      () => [route],
    ),
  ).toBe(expected);
});

test("public networks that only a route names are named, too", () => {
  expect(
    foreignNetworks(
      () => [interfaceWith("5.75.130.7/32")],
      () => ["5.75.128.0/20", "10.0.0.0/8"],
    ),
  ).toEqual(["5.75.128.0/20"]);
});

test("networks that are left out are named, once", () => {
  const cidrs = [
    "10.0.0.4/8",
    "5.75.130.7/20",
    "5.75.130.9/20",
    "5.75.130.7/32",
    "2a02:908:1:2::5/64",
    "2a02:908:1:2::5/56",
  ];

  const named = foreignNetworks(
    () => [...cidrs, "fe80::1/64", "0.0.0.0/0"].map(interfaceWith),
    () => [],
  );

  expect(named).toEqual(["5.75.128.0/20", "2a02:908:1::/56", "0.0.0.0/0"]);
  expect(
    foreignNetworks(
      () => interfaces,
      () => [],
    ),
  ).toEqual([]);
  expect(
    foreignNetworks(
      () => [{ ...interfaceWith("5.75.130.7/20"), internal: true }],
      () => [],
    ),
  ).toEqual([]);
});

test("without a file descriptor to ask with, the networks are those that were there last", async () => {
  const script = `
    const { openSync } = require("node:fs");
    const { lanAddresses } = await import(${JSON.stringify(join(import.meta.dir, "../src/access/lan.ts"))});
    const { onLinkNetworks } = await import(${JSON.stringify(join(import.meta.dir, "../src/access/routes.ts"))});
    const before = [lanAddresses(), onLinkNetworks()];
    const now = performance.now();
    performance.now = () => now + 60_000;
    let code;
    while (code === undefined) {
      try { openSync("/dev/null") } catch (error) { code = error.code }
    }
    console.log(JSON.stringify({ code, before, after: [lanAddresses(), onLinkNetworks()] }));`;
  const child = Bun.spawn(["sh", "-c", 'ulimit -n 100; exec "$@"', "--", process.execPath, "-e", script]);

  const { code, before, after } = JSON.parse(await child.stdout.text());

  expect(code).toBe("EMFILE");
  expect(after).toEqual(before);
});
