// Parts: ffmpeg, fonts, xterm, zbar
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Picture } from "./support/picture.ts";
import { Folder } from "./support/stand-in.ts";
import { DEADLINE_MS } from "./support/wait.ts";
import { Screen } from "./support/window-screen.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const LANVID = [process.execPath, join(import.meta.dir, "../src/main.ts")];
/** An address of loopback that is as long as those of IPv4 are. */
const HOST = "127.100.100.100";

let screen: Screen;
const folder = new Folder();

beforeAll(async () => {
  screen = await Screen.open();
});

afterAll(async () => {
  await screen[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** lanvid in a terminal of 80×24 on the screen. Ended by `await using`. */
function terminal(
  colours: readonly string[],
  env: Record<string, string>,
  ...args: readonly string[]
): AsyncDisposable {
  const look = ["-u8", "-fa", "DejaVu Sans Mono", "-fs", "10", "-geometry", "80x24+0+0", ...colours];
  const child = Bun.spawn(["xterm", ...look, "-e", ...LANVID, ...args], {
    env: { ...process.env, ...screen.environment, LANG: "C.UTF-8", ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

/** What zbar reads on the screen, as soon as it reads anything. */
async function scanned(name: string): Promise<string> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const path = folder.write(`${name}.ppm`, portablePixmap(await screen.picture()));
    const text = Bun.spawnSync(["zbarimg", "--quiet", "--raw", path], { stderr: "ignore" }).stdout.toString().trim();
    if (text !== "") {
      return text;
    }
    if (performance.now() > deadline) {
      throw new Error("no code can be read on the screen");
    }
    await Bun.sleep(100);
  }
}

/** https://netpbm.sourceforge.net/doc/ppm.html */
function portablePixmap({ width, height, rgba }: Picture): Uint8Array {
  const rgb = Uint8Array.from(rgba.filter((_, at) => at % 4 !== 3));
  return Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), rgb]);
}

test.each([
  ["dark", ["-bg", "black", "-fg", "white"]],
  ["light", ["-bg", "white", "-fg", "black"]],
])("the code on serve's first screen is read in a %s terminal", async (name, colours) => {
  await using _terminal = terminal(colours, {}, "serve", "test", "--bind", HOST, "--port", "0", "--http", "0");

  const url = await scanned(name);

  expect(url).toMatch(/^http:\/\/127\.100\.100\.100:\d+\/$/);
  expect((await fetch(`${url}healthz`)).status).toBe(200);
});
