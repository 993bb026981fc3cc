import { describe, expect, test } from "bun:test";
import { hostPolicy } from "../src/access.ts";
import { redirect } from "../src/servers/tcp/http-redirect.ts";

const http = { port: 8080, allowsHost: (host: string) => hostPolicy(["studio"]).allows(host) };

function ask(head: string, method: "http" | "http-other" = "http", page: typeof http | null = http): string | null {
  const answer = redirect(new TextEncoder().encode(head), method, page, "fd00::1");
  return answer === null ? null : new TextDecoder().decode(answer);
}

describe("a request on the stream's port", () => {
  test("waits for the end of its head", () => {
    expect(ask("GET / HTTP/1.1\r\nHost: studio\r\n")).toBeNull();
  });

  test.each([
    ["GET / HTTP/1.1\r\nHost: studio:10050\r\n\r\n", "http://studio:8080/"],
    ["GET /?a=b HTTP/1.1\r\nhost:10.0.0.4\r\n\r\n", "http://10.0.0.4:8080/?a=b"],
    ["HEAD /stream HTTP/1.1\r\nHost: [fd00::1]:10050\r\n\r\n", "http://[fd00::1]:8080/stream"],
    ["GET /a HTTP/1.1\r\nHost: [::1]\r\n\r\n", "http://[::1]:8080/a"],
    ["GET http://evil.example/ HTTP/1.1\r\nHost: studio\r\n\r\n", "http://studio:8080/"],
    ["GET //evil.example HTTP/1.1\r\nHost: studio\r\n\r\n", "http://studio:8080//evil.example"],
    ["GET /a\nSet-Cookie:b HTTP/1.1\r\nHost: studio\r\n\r\n", "http://studio:8080/"],
    ["GET /a\rSet-Cookie:b HTTP/1.1\r\nHost: studio\r\n\r\n", "http://studio:8080/"],
    ["GET /snapshot HTTP/1.0\r\n\r\n", "http://[fd00::1]:8080/snapshot"],
    ["GET /é HTTP/1.1\r\nHost: studio\r\n\r\n", "http://studio:8080/"],
  ])("%j is sent to the page", (head, location) => {
    const answer = ask(head) ?? "";

    expect(answer).toStartWith("HTTP/1.1 307 Temporary Redirect\r\n");
    expect(answer).toContain(`\r\nLocation: ${location}\r\n`);
    expect(answer).toContain("\r\nCache-Control: no-store\r\n");
    expect(answer).toContain("\r\nConnection: close\r\n");
  });

  test.each([
    "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: studio/evil\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: studio evil\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: [127.0.0.1]:10050\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: evil.example\r\nHost: studio\r\n\r\n",
  ])("%j is forbidden: its host may be a stranger's", (head) => {
    expect(ask(head)).toStartWith("HTTP/1.1 403 Forbidden\r\n");
  });

  test("has no page to go to", () => {
    expect(ask("GET / HTTP/1.1\r\nHost: studio\r\n\r\n", "http", null)).toStartWith("HTTP/1.1 404 Not Found\r\n");
  });

  test("may only be GET or HEAD", () => {
    const answer = ask("POST / HTTP/1.1\r\nHost: studio\r\n\r\n", "http-other") ?? "";

    expect(answer).toStartWith("HTTP/1.1 405 Method Not Allowed\r\n");
    expect(answer).toContain("\r\nAllow: GET, HEAD\r\n");
  });

  test("is told why as a page where a person asks, and as JSON where a program does", () => {
    const foreign = "GET /é HTTP/1.1\r\nHost: vm.fritz.box:10050\r\nAccept: text/html, */*\r\n\r\n";

    const [head = "", page = ""] = (ask(foreign) ?? "").split("\r\n\r\n");
    const [, json = ""] = (ask(foreign.replace("text/html, ", "")) ?? "").split("\r\n\r\n");

    expect(head).toContain("\r\nContent-Type: text/html; charset=utf-8\r\n");
    expect(head).toContain("\r\nX-Content-Type-Options: nosniff\r\n");
    expect(page).toContain("<code>--allow-host</code> vm.fritz.box");
    expect(JSON.parse(json)).toEqual({
      error: {
        code: "host-not-allowed",
        message: 'this lanvid does not answer to the name "vm.fritz.box"',
        hint: expect.stringContaining("--allow-host vm.fritz.box"),
      },
    });
  });

  test("gets an answer as long as it says, and none to HEAD", () => {
    const wholes = [
      ask("POST / HTTP/1.1\r\n\r\n", "http-other"),
      ask("GET / HTTP/1.1\r\n\r\n", "http", null),
      ask("GET / HTTP/1.1\r\nAccept: text/html\r\n\r\n", "http", null),
      ask("HEAD / HTTP/1.1\r\nAccept: text/html\r\n\r\n", "http", null),
    ];
    const lengths = wholes.map((answer) => {
      const [head = "", body = ""] = (answer ?? "").split("\r\n\r\n");
      return [Number(/Content-Length: (\d+)/.exec(head)?.[1]), Buffer.byteLength(body)] as const;
    });

    expect(lengths.slice(0, 3).map(([said, sent]) => said === sent && said > 0)).toEqual([true, true, true]);
    expect(lengths[3]).toEqual([lengths[2]?.[0] ?? 0, 0]);
  });
});
