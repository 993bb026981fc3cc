import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { PYTHON } from "./support/python.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** Words before a command that is to have no IPv6. */
const within = [PYTHON, join(import.meta.dir, "python/without-ipv6.py")];
const IPV4 = /^(lanvid \w+ |http:\/\/)\d+\.\d+\.\d+\.\d+(:\d+)?\/?$/;

describe("where the kernel has no IPv6", () => {
  test("serve streams to viewers and browsers, and names addresses of IPv4", async () => {
    await using server = new Lanvid(["serve", "test", "--size", "512x128", "--port", "0", "--http", "0"], { within });
    const { port, http, urls, watch } = (await server.event("ready")) as unknown as {
      [key in "port" | "http"]: number;
    } & { [key in "urls" | "watch"]: string[] };

    await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "10"]);
    expect(await viewer.event("end")).toMatchObject({ reason: "frames" });
    expect((await fetch(`http://127.0.0.1:${http}/`)).status).toBe(200);
    expect([...urls, ...watch].filter((text) => !IPV4.test(text))).toEqual([]);
  });

  test("receive takes a sender", async () => {
    await using receiver = new Lanvid(["receive", "--view", "none", "--port", "0", "--frames", "10"], { within });
    const { port } = await receiver.event("ready");

    await using _push = new Lanvid(["push", `127.0.0.1:${port}`, "test", "--size", "512x128"]);

    expect(await receiver.event("end")).toMatchObject({ reason: "frames" });
  });

  test("doctor finds the ports free", async () => {
    const { text } = await runLanvid(["doctor", "--port", "0", "--http", "0"], { within });

    expect(text).toMatch(/^ok +port +any free one$/m);
    expect(text).toMatch(/^ok +http +any free one$/m);
  });

  test("an address of IPv6 that was asked for is an error", async () => {
    const { code, stderr } = await runLanvid(["serve", "test", "--bind", "::", "--port", "0"], { within });

    expect(code).toBe(5);
    expect(stderr).toContain('lanvid: error: cannot listen on "::" port 0: ');
    expect(stderr).toContain("lanvid: hint: give --bind an address of this machine, or leave it out for all");
  });
});
