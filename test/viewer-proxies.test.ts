import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { becomesTrue, launchChromium } from "./support/chromium.ts";
import { cleanupsAfterEach } from "./support/cleanups.ts";
import { blocksOf } from "./support/integration-lines.ts";
import { Lanvid } from "./support/lanvid.ts";
import { startNginx } from "./support/nginx.ts";
import { waitFor } from "./support/wait.ts";

/** The page behind a real reverse proxy, whatever that passes on. */

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const NAME = "cam.example";
let browser: Browser;
const cleanups = cleanupsAfterEach();

beforeAll(async () => {
  browser = await launchChromium([`--host-resolver-rules=MAP ${NAME} 127.0.0.1`]);
});

afterAll(() => browser.close());

async function serve(args: readonly string[] = []): Promise<{ readonly lanvid: Lanvid; readonly port: number }> {
  const lanvid = new Lanvid(["serve", "test", "--size", "640x360", "--port", "0", "--http", "0", ...args]);
  cleanups.push(() => lanvid[Symbol.asyncDispose]());
  return { lanvid, port: Number((await lanvid.event("ready"))["http"]) };
}

async function proxy(locations: string): Promise<number> {
  const nginx = await startNginx(locations);
  cleanups.push(() => nginx[Symbol.asyncDispose]());
  return nginx.port;
}

async function open(url: string): Promise<Page> {
  const context = await browser.newContext();
  cleanups.push(() => context.close());
  const page = await context.newPage();
  await page.goto(url, { waitUntil: "commit" });
  await becomesTrue(page, "document.documentElement.dataset.state");
  return page;
}

const DATA = "document.documentElement.dataset";
const PLAIN = (port: number) => `location / { proxy_pass http://127.0.0.1:${port}; }`;
const UPGRADE =
  'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';

test.each([
  ["nothing but where to", [], PLAIN, ""],
  ["nothing but where to, of JPEG,", ["--codec", "mjpeg"], PLAIN, ""],
  ["a folder of its own", [], (port: number) => `location /cam/ { proxy_pass http://127.0.0.1:${port}/; }`, "cam/"],
  [
    "HTTP/1.1, and the Host",
    [],
    (port: number) =>
      `location / { proxy_pass http://127.0.0.1:${port}; proxy_http_version 1.1; proxy_set_header Host $http_host; }`,
    "",
  ],
])(
  "a proxy that is told %s passes no WebSocket: the page takes its pictures by requests",
  async (_, args, locations, path) => {
    const { lanvid, port } = await serve(["--allow-host", NAME, ...args]);
    const front = await proxy(locations(port));

    const page = await open(`http://${NAME}:${front}/${path}`);
    await becomesTrue(page, `${DATA}.state === "live" && ${DATA}.frames > 20 && ${DATA}.delayMs !== ""`);

    const { way, codec, delayMs, clockErrorMs } = (await page.evaluate(`({ ...${DATA} })`)) as Record<string, string>;
    expect({ way, codec }).toEqual({ way: "requests", codec: args.length > 0 ? "mjpeg" : "h264" });
    expect(Number(delayMs)).toBeGreaterThan(0);
    expect(Number(clockErrorMs)).toBeGreaterThan(0);
    expect(await page.textContent("#notice")).toContain("passes no WebSocket");
    await waitFor("what the person here is told", () => lanvid.stderr.includes("passes no WebSocket"));
    expect(lanvid.stderr).toContain("proxy_set_header Upgrade $http_upgrade");
  },
);

test("the lines of docs/integrations.md pass the WebSocket", async () => {
  const { port } = await serve(["--allow-host", NAME]);
  const front = await proxy(blocksOf("Behind a reverse proxy", "nginx", `127.0.0.1:${port}`).join("\n"));

  const page = await open(`http://${NAME}:${front}/`);
  await becomesTrue(page, `${DATA}.state === "live"`);

  expect(await page.evaluate(`${DATA}.way`)).toBe("socket");
});

test("a name that the proxy gives without its port is the page's own when it is allowed", async () => {
  const { port } = await serve(["--allow-host", NAME]);
  const front = await proxy(
    `location / { proxy_pass http://127.0.0.1:${port}; ${UPGRADE} proxy_set_header Host $host; }`,
  );

  const page = await open(`http://${NAME}:${front}/`);
  await becomesTrue(page, `${DATA}.state === "live"`);

  expect(await page.evaluate(`${DATA}.way`)).toBe("socket");
});

test("what is served through a proxy under a name that is not allowed says which option does, on both sides", async () => {
  const { lanvid, port } = await serve();
  const front = await proxy(`location / { proxy_pass http://127.0.0.1:${port}; ${UPGRADE} }`);

  const page = await open(`http://${NAME}:${front}/`);
  await becomesTrue(page, `document.querySelector("#message-text").textContent.includes("--allow-host ${NAME}")`);

  await waitFor("what the person here is told", () => lanvid.stderr.includes(`--allow-host ${NAME}`));
  expect(lanvid.stderr.match(/refused the stream to a page from/g)).toHaveLength(1);
});

test("a name that is passed on and not allowed is refused, and said with the option", async () => {
  const { lanvid, port } = await serve();
  const front = await proxy(`location / { proxy_pass http://127.0.0.1:${port}; proxy_set_header Host $host; }`);

  const response = await fetch(`http://127.0.0.1:${front}/`, { headers: { Host: NAME } });

  expect(response.status).toBe(403);
  expect(await response.text()).toContain(`--allow-host ${NAME}`);
  await waitFor("what the person here is told", () => lanvid.stderr.includes(`--allow-host ${NAME}`));
  expect(lanvid.stderr.match(/turned away a browser that asked for "cam.example"/g)).toHaveLength(1);
});

test("a proxy that lets nothing of this through has its answer on the page", async () => {
  const { port } = await serve(["--allow-host", NAME]);
  const front = await proxy(`location / { limit_except GET { deny all; } proxy_pass http://127.0.0.1:${port}; }`);

  const page = await open(`http://${NAME}:${front}/`);

  await becomesTrue(page, `document.querySelector("#message-text").textContent.includes("403 Forbidden")`);
});
