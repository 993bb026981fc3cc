import { describe, expect, test } from "bun:test";
import type { LanvidError } from "../src/errors.ts";
import { DEFAULT_PORT, formatAddress, parseAddress } from "../src/net.ts";

describe("an address", () => {
  test.each([
    ["studio", "studio", DEFAULT_PORT],
    ["studio.local", "studio.local", DEFAULT_PORT],
    ["studio.local.", "studio.local.", DEFAULT_PORT],
    ["my_host-2:81", "my_host-2", 81],
    ["10.0.0.4", "10.0.0.4", DEFAULT_PORT],
    ["10.0.0.4:1", "10.0.0.4", 1],
    ["10.0.0.4:65535", "10.0.0.4", 65_535],
    ["::1", "::1", DEFAULT_PORT],
    ["fe80::1%eth0", "fe80::1%eth0", DEFAULT_PORT],
    ["::ffff:10.0.0.4", "::ffff:10.0.0.4", DEFAULT_PORT],
    ["[::1]", "::1", DEFAULT_PORT],
    ["[::1]:9", "::1", 9],
    ["[fe80::1%eth0]:10050", "fe80::1%eth0", 10_050],
    ["lanvid://studio:81", "studio", 81],
    ["LANVID://studio/", "studio", DEFAULT_PORT],
    ["lanvid://[::1]:9/", "::1", 9],
  ])("%s", (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
  });

  test.each([
    ["http://10.0.0.4:8080/", "10.0.0.4", 8080],
    ["http://10.0.0.4:8080", "10.0.0.4", 8080],
    ["HTTP://studio.local/", "studio.local", 80],
    ["http://studio:8081/?bare=1", "studio", 8081],
    ["http://studio:8081/#x", "studio", 8081],
    ["http://[fe80::1%eth0]:8080/", "fe80::1%eth0", 8080],
  ])("of a page: %s", (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port, isPage: true });
  });

  test.each([
    "",
    ":",
    ":81",
    "studio:",
    "studio:0",
    "studio:65536",
    "studio:99999999999",
    "studio:-1",
    "studio:8a",
    "studio:81:82x",
    "two words",
    "-flag",
    "https://studio",
    "lanvid://http://studio",
    "http://",
    "http:///",
    "http://studio:0/",
    "http://user:word@studio/",
    "http://studio/stream",
    "http://studio:8080//",
    "lanvid://",
    "lanvid://studio/path",
    "user@studio",
    "10.0.0.256",
    "10.0.4:81",
    "http://10.0.0.256:8080/",
    "[::1",
    "[studio]",
    "[]:81",
    "studio\n",
    "a\u0000b",
  ])("%j is refused", (text) => {
    let error: LanvidError | undefined;

    try {
      parseAddress(text);
    } catch (thrown) {
      error = thrown as LanvidError;
    }

    expect(error?.code).toBe("usage");
    expect(error?.message).toContain(`"${text}"`);
  });

  test.each(["studio:81", "10.0.0.4:10050", "[::1]:9", "[fe80::1%eth0]:10050"])(
    "%s is written as it is read",
    (text) => {
      expect(formatAddress(parseAddress(text))).toBe(text);
    },
  );
});
