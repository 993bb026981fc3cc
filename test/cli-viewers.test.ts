import { expect, setDefaultTimeout, test } from "bun:test";
import { Lanvid } from "./support/lanvid.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

test("viewers are said by what they call themselves, and how many there are now", async () => {
  await using server = new Lanvid(["serve", "test", "--port", "0", "--http", "0"]);
  const { port, http } = await server.event("ready");
  const says = (text: string) =>
    waitFor(
      () => `"${text}" in ${server.stderr}`,
      () => server.stderr.includes(text),
    );

  const anna = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--name", "Anna's\nlaptop"]);
  await says("viewer joined: Anna's laptop (127.0.0.1, lanvid), 1 now\n");
  const stream = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${http}/stream`, stream);
  await says("viewer joined: 127.0.0.1 (/stream), 2 now\n");
  await anna[Symbol.asyncDispose]();
  await says("viewer left: Anna's laptop (127.0.0.1, lanvid");

  expect(server.stderr).toMatch(/viewer left: Anna's laptop \(127\.0\.0\.1, lanvid(, \d+ frames dropped)?\), 1 now$/m);
  expect(answer.ok).toBe(true);
  stream.abort();
});

test("a page that has to take another port says so, and why", async () => {
  await using _first = new Lanvid(["serve", "test", "--port", "0"]);
  await _first.event("ready");
  await using second = new Lanvid(["serve", "test", "--port", "0"]);
  const { http } = await second.event("ready");

  expect(http).not.toBe(8080);
  expect(second.stderr).toContain(`the page is on port ${http}: another program uses port 8080\n`);
});
