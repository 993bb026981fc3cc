// Parts: chromium
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { Limits } from "../src/access/limits.ts";
import { forPeers, heard, openFault } from "../src/errors.ts";
import { failureAnswer } from "../src/http.ts";
import type { ViewerOptions } from "../src/servers/web/options.ts";
import { chromiumOfFile } from "./support/chromium-of-file.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { serveFrontDoor } from "./support/viewer.ts";

/** What a person, and what a program, is told when a request is not answered as it wishes. */

// For a run of this file without `npm test`.
setDefaultTimeout(60_000);

/** As Chromium, Firefox and Safari open a document. */
const PERSON = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

const chromium = chromiumOfFile();
const cleanups = cleanupsAfterEach();

const setUp = (options: Partial<ViewerOptions> = {}) => serveFrontDoor(cleanups, options);

function fault(): never {
  throw new Error("made to fail, in /home/anna");
}

const FULL = new Limits({ maxConnections: 0, maxPerAddress: 0, maxHandshakes: 100 }, () => undefined);
const BUSY = {
  ...{ enter: () => null, mayAsk: () => false, connections: 0, handshakes: 0, maxIdle: 100, idle: 0 },
  idleCut() {},
};

/** Each failure: the status, a word of what a person is told, how it is asked for, and of whom. */
const FAILURES: [status: number, words: RegExp, ask: (url: string) => Request, options?: Partial<ViewerOptions>][] = [
  [
    403,
    /"vm\.fritz\.box"[\s\S]* --allow-host vm\.fritz\.box /,
    (url) => new Request(url, { headers: { Host: "vm.fritz.box" } }),
  ],
  [403, /only devices on the same network/i, (url) => new Request(url), { admits: () => false }],
  [403, /only lanvid's own page may/, (url) => new Request(url, { headers: { Origin: "http://evil.example" } })],
  [404, /nothing at "\/video".*open \/ for the picture/is, (url) => new Request(`${url}video`)],
  [405, /POST is not answered/, (url) => new Request(url, { method: "POST" })],
  [405, /GET is not answered here, only POST is/, (url) => new Request(`${url}link`)],
  [400, /do not form an address/, (url) => new Request(url, { headers: { Host: "localhost:99999" } })],
  [410, /no such conversation/, (url) => new Request(`${url}link?id=${crypto.randomUUID()}`, { method: "POST" })],
  [426, /only WebSockets/, (url) => new Request(`${url}ws`)],
  [429, /too many requests/i, (url) => new Request(url), { limits: BUSY }],
  [500, /a bug in lanvid/, (url) => new Request(url), { admits: fault }],
  [503, /already has as many connections as it allows/, (url) => new Request(`${url}stream`), { limits: FULL }],
  [503, /not available as H\.264/, (url) => new Request(`${url}stream.mp4`)],
];

// Without a fourth value, the fourth parameter would be the test's own.
test.each(FAILURES.map(([status, words, ask, options = {}]) => [status, words, ask, options] as const))(
  "%i %p is a page to a person and JSON to a program, in the same words",
  async (status, words, ask, options) => {
    const { viewer } = setUp(options);
    const request = ask(viewer.url);

    const toProgram = await fetch(new Request(request, { headers: { ...headersOf(request), Accept: "*/*" } }));
    const toPerson = await fetch(new Request(request, { headers: { ...headersOf(request), Accept: PERSON } }));
    const { error } = (await toProgram.json()) as { error: { code: string; message: string; hint: string | null } };
    const html = await toPerson.text();
    const said = shownIn(html);

    expect([toProgram.status, toPerson.status]).toEqual([status, status]);
    expect(toPerson.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(said).toMatch(words);
    expect(said.toLowerCase()).toContain(error.message.toLowerCase());
    expect(said.toLowerCase()).toContain((error.hint ?? "").toLowerCase());
    expect(said).toContain(`${status} · ${error.code}`);
    expect(said).not.toContain("anna");
    for (const response of [toProgram, toPerson]) {
      expect(Object.fromEntries(response.headers)).toMatchObject({
        vary: "Accept",
        connection: "close",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "content-security-policy": expect.stringContaining("frame-ancestors 'self'"),
      });
    }
    expect(toPerson.headers.get("Retry-After")).toBe(toProgram.headers.get("Retry-After"));
  },
);

function headersOf(request: Request): Record<string, string> {
  return Object.fromEntries(request.headers);
}

/** What a person reads of a page of ours, whose tags have no attributes with ">". */
function shownIn(html: string): string {
  const body = html.slice(html.indexOf("<body>"));
  return body.replace(/<[^>]*>/g, "").replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

test("a picture that does not come, and a source that long failed, are told with the kind of fault", async () => {
  const { track, viewer } = setUp();
  Object.defineProperty(track, "failedMs", { value: 10_001 });
  track.ended(openFault(forPeers`the camera was unplugged`));

  for (const path of ["snapshot", "healthz"]) {
    const response = await fetch(viewer.url + path, { headers: { Accept: PERSON } });

    expect(response.status).toBe(503);
    expect(shownIn(await response.text())).toMatch(/The camera was unplugged\.[\s\S]*Open the picture[\s\S]*Try again/);
  }
});

test.each([
  [PERSON, true],
  ["text/html", true],
  ["TEXT/HTML;level=1", true],
  ["text/html;q=0.5, */*", true],
  ["application/json, text/html", true],
  ["application/json, text/html;q=0.9", false],
  ["text/html;q=0", false],
  ["text/html;q=x", false],
  ["application/json, text/plain, */*", false],
  ["image/avif,image/webp,*/*;q=0.8", false],
  ["*/*", false],
  ["text/*", false],
  ["", false],
  [null, false],
])("who accepts %j gets a page: %p", (accept, isPage) => {
  const failure = { status: 404, code: "a", message: forPeers`b` };

  const { headers } = failureAnswer(failure, { accept, path: "/" });

  expect(headers["Content-Type"]).toBe(isPage ? "text/html; charset=utf-8" : "application/json");
});

describe("what somebody asked for", () => {
  const MARKUP = `"'><img/src=x/onerror=alert(1)>&<script>`;

  test("is text on the page, whatever it is", () => {
    const failure = { status: 404, code: MARKUP, message: heard(MARKUP), hint: heard(`see ${MARKUP}`) };

    const { body } = failureAnswer(failure, { accept: PERSON, path: `/${MARKUP}/a` });

    expect(body.match(/<\/?[a-z]+/g)?.filter((tag) => /script|<\/?img/.test(tag))).toEqual(["<img"]);
    expect(body).not.toMatch(/["']>?<img\/|onerror=alert\(1\)>/);
    expect(shownIn(body)).toContain(`See ${MARKUP}`);
  });

  test.each([
    [`GET / HTTP/1.1\r\nHost: ${MARKUP}`, "403"],
    [`GET /${"<script>alert(1)</script>".repeat(20)} HTTP/1.1\r\nHost: localhost`, "404"],
    [`GET /${"a".repeat(10_000)} HTTP/1.1\r\nHost: localhost`, "404"],
    [`GET / HTTP/1.1\r\nHost: ${"a.".repeat(5_000)}`, "403"],
  ])("is said back as text, and no more of it than can be read", async (head, status) => {
    const { viewer } = setUp();
    const socket = connect(viewer.port, "127.0.0.1");

    // Bun answers no half-closed connection.
    socket.write(`${head}\r\nAccept: text/html\r\n\r\n`);
    const answer = (await socket.setEncoding("latin1").toArray()).join("");

    expect(answer).toStartWith(`HTTP/1.1 ${status} `);
    expect(answer).not.toContain("<script");
    expect(answer).not.toContain("<img/");
    expect(answer.length).toBeLessThan(6_000);
  });
});

test.each([
  ["/video", "./"],
  ["/a/b/live", "../../"],
  ["/", "./"],
  ["//evil.example/x", "../../"],
])("of %s, links lead to the page that is in the same folder of a proxy: %s", (path, root) => {
  const failure = { status: 404, code: "a", message: forPeers`b`, hint: forPeers`open / or /stream.mp4, not /stream.` };

  const { body } = failureAnswer(failure, { accept: PERSON, path });

  const [, nav] = [...body.matchAll(/href="(?!data:)([^"]*)">/g)].map(([, href]) => href).toSorted();
  expect([...body.matchAll(/<a href="([^"]*)">([^<]*)</g)].map(([, href, text]) => [text, href])).toEqual([
    ["/", root],
    ["/stream.mp4", `${root}stream.mp4`],
    ["/stream", `${root}stream`],
    ["Open the picture", root],
  ]);
  expect(nav).toStartWith(".");
});

test("a person who opens /stream and /snapshot gets pictures", async () => {
  const { viewer } = setUp();

  const stream = await fetch(`${viewer.url}stream`, { headers: { Accept: PERSON } });
  await stream.body?.cancel();
  const snapshot = await fetch(`${viewer.url}snapshot`, { headers: { Accept: PERSON } });

  expect([stream.status, snapshot.status]).toEqual([200, 200]);
  expect(stream.headers.get("Content-Type")).toStartWith("multipart/x-mixed-replace");
  expect(snapshot.headers.get("Content-Type")).toBe("image/jpeg");
});

test("who follows links is asked not to: it would start the camera", async () => {
  const { viewer } = setUp();

  expect(await (await fetch(`${viewer.url}robots.txt`)).text()).toBe("User-agent: *\nDisallow: /\n");
});

test("a browser shows it as it is meant, has nothing to complain of, and finds the picture from there", async () => {
  const { viewer } = setUp();
  const page = await chromium.browser.newPage({ viewport: { width: 390, height: 844 } });
  cleanups.push(() => page.close());
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));

  const response = await page.goto(`${viewer.url}video`);
  const seen = await page.evaluate(
    "({ ground: getComputedStyle(document.body).backgroundColor, isWide: document.documentElement.scrollWidth > innerWidth })",
  );
  await page.screenshot();

  expect(response?.status()).toBe(404);
  expect(seen).toEqual({ ground: "rgb(11, 13, 16)", isWide: false });
  expect(asked.filter((url) => !url.startsWith("data:"))).toEqual([`${viewer.url}video`]);
  // Of the answer's status.
  expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
  await page.click("text=Open the picture");
  await page.waitForSelector("html[data-state=live]");
});
