import { describe, expect, test } from "bun:test";
import { hostname, type NetworkInterfaceInfo } from "node:os";
import { hostNameOf, hostPolicy } from "../src/sys/host-policy.ts";
import { foreignNetworks, isLanAddress } from "../src/sys/lan.ts";

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
    expect(isLanAddress(address, interfaces)).toBe(true);
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
    expect(isLanAddress(address, interfaces)).toBe(false);
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
    expect(isLanAddress(address, [interfaceWith(cidr)])).toBe(expected);
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

test("networks that are left out are named, once", () => {
  const cidrs = [
    "10.0.0.4/8",
    "5.75.130.7/20",
    "5.75.130.9/20",
    "5.75.130.7/32",
    "2a02:908:1:2::5/64",
    "2a02:908:1:2::5/56",
  ];

  const named = foreignNetworks([...cidrs, "fe80::1/64", "0.0.0.0/0"].map(interfaceWith));

  expect(named).toEqual(["5.75.128.0/20", "2a02:908:1::/56", "0.0.0.0/0"]);
  expect(foreignNetworks(interfaces)).toEqual([]);
  expect(foreignNetworks([{ ...interfaceWith("5.75.130.7/20"), internal: true }])).toEqual([]);
});
