import { describe, expect, test } from "bun:test";
import { isOwnOrigin, judge } from "../src/servers/web/embedding.ts";

/** What is told of who asks, by the request alone. */

const HOST = "10.0.0.4:8080";
const BROWSER = { "User-Agent": "Mozilla/5.0" };
const DASH = "https://dash.example:8123";

const sites = (embedders: readonly string[]) => ({ embedders: new Set(embedders), ownNames: new Set(["cam.example"]) });

function kindOf(path: string, headers: Record<string, string>, allowed: readonly string[] = []): string {
  const url = new URL(path, `http://${HOST}`);
  return judge(new Headers({ Host: HOST, ...headers }), url, url.pathname, sites(allowed)).kind;
}

const cross = (fields: Record<string, string> = {}) => ({ ...BROWSER, "Sec-Fetch-Site": "cross-site", ...fields });
const opening = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
const framing = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe" };

describe("where browsers say which site asks", () => {
  test.each([
    ["our own page", { ...BROWSER, "Sec-Fetch-Site": "same-origin" }],
    ["a typed address", { ...BROWSER, "Sec-Fetch-Site": "none" }],
    ["a link of another page", cross(opening)],
    ["a link of a page on another port", { ...BROWSER, "Sec-Fetch-Site": "same-site", ...opening }],
  ])("%s is let in", (_, headers) => {
    expect(kindOf("/stream", headers)).toBe("own");
  });

  test.each([
    ["an image of another site", cross({ "Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors" })],
    ["an image of another port", { ...BROWSER, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "image" }],
    ["a frame", cross(framing)],
    ["an object", cross({ ...framing, "Sec-Fetch-Dest": "object" })],
    ["what is fetched in case that it is opened", cross({ ...opening, "Sec-Purpose": "prefetch" })],
    ["a site that is not known yet", { ...BROWSER, "Sec-Fetch-Site": "other" }],
    ["an image of a page that is not the allowed one", cross({ Referer: "https://dash.example/" })],
  ])("%s is refused", (_, headers) => {
    for (const path of ["/", "/stream", "/snapshot", "/state"]) {
      expect(kindOf(path, headers)).toBe("refused");
    }
    expect(kindOf("/stream", headers, [DASH])).toBe("refused");
  });

  test("an allowed page may embed all, and frame the page even if it says nothing of itself", () => {
    expect(kindOf("/stream", cross({ Referer: `${DASH}/` }), [DASH])).toBe("embedded");
    expect(kindOf("/stream", cross({ Origin: DASH }), [DASH])).toBe("embedded");
    expect(kindOf("/", cross(framing), [DASH])).toBe("embedded");
    expect(kindOf("/stream", cross(framing), [DASH])).toBe("refused");
  });
});

describe("where they do not, at an http address of the network", () => {
  test.each([
    ["a program", {}],
    ["a program that has a page's name", { "User-Agent": "VLC/3.0", Referer: "http://evil.example/" }],
    ["our own page", { ...BROWSER, Referer: `http://${HOST}/?bare=1` }],
    ["our own page's WebSocket", { ...BROWSER, Origin: `http://${HOST}` }],
    ["our own page behind a proxy that hides its name", { ...BROWSER, Referer: "http://cam.example:8090/cam/" }],
    ["its WebSocket", { ...BROWSER, Origin: "http://cam.example:8090" }],
    ["our own page behind a proxy that has https", { ...BROWSER, Referer: `https://${HOST}/` }],
  ])("%s is let in", (_, headers) => {
    expect(kindOf("/stream", headers)).toBe("own");
  });

  test.each([
    ["an image of a page that does not say which", BROWSER],
    ["an image of another name of our domain", { ...BROWSER, Referer: "http://other.cam.example/" }],
    ["an image of another page", { ...BROWSER, Referer: "http://evil.example/" }],
    ["an image of another port", { ...BROWSER, Referer: "http://10.0.0.4:9000/" }],
    ["a script of another page", { ...BROWSER, Origin: "http://evil.example" }],
    ["a script of a page without an origin", { ...BROWSER, Origin: "null" }],
    ["a script of another page, that is no browser's", { Origin: "http://evil.example" }],
  ])("%s is refused what starts the source", (_, headers) => {
    for (const path of ["/stream", "/stream.mp4", "/snapshot"]) {
      expect(kindOf(path, headers)).toBe("refused");
    }
  });

  test("a document, which may be in a frame, is given only by way of one that the browser keeps from foreign frames", () => {
    const document = { ...BROWSER, "Upgrade-Insecure-Requests": "1" };

    expect(kindOf("/snapshot", document)).toBe("document");
    expect(kindOf("/snapshot?direct=guess", document)).toBe("document");
    expect(kindOf("/", document)).toBe("own");
  });
});

test.each([
  ["http://10.0.0.4:8080", HOST, true],
  ["https://cam.example", "cam.example", true],
  ["https://cam.example", "cam.example:443", true],
  ["http://cam.example", "cam.example:80", true],
  // A name of --allow-host, which a proxy serves at any port, and hides.
  ["http://cam.example:8090", HOST, true],
  ["http://cam.example:8090", "cam.example", true],
  ["http://cam.example:8090", "cam.example:21080", false],
  ["https://CAM.example", HOST, false],
  ["http://cam.example.evil.example", HOST, false],
  ["http://evil.cam.example", HOST, false],
  ["http://cam.example@evil.example", HOST, false],
  ["ftp://cam.example", HOST, false],
  ["http://10.0.0.4", HOST, false],
  ["http://10.0.0.4:8081", HOST, false],
  ["http://10.0.0.4:8080.evil.example", HOST, false],
  ["http://user@10.0.0.4:8080", HOST, false],
  ["http://10.0.0.4:8080/x", HOST, false],
  ["ftp://10.0.0.4:8080", HOST, false],
  ["ws://10.0.0.4:8080", HOST, false],
  ["file://", HOST, false],
  ["null", HOST, false],
  ["", HOST, false],
])("the origin %s of a request to %s is our own: %p", (origin, host, isOwn) => {
  expect(isOwnOrigin(origin, host, new Set(["cam.example"]))).toBe(isOwn);
});
