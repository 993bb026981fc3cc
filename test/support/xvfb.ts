// Parts: xvfb
import { existsSync } from "node:fs";
import { diesWithParent } from "../../src/sys.ts";
import type { Size } from "../../src/units.ts";
import { waitFor } from "./wait.ts";

/** An X server with a screen in memory. Ended by `await using`. */
export interface Xvfb extends AsyncDisposable {
  /** For DISPLAY: ":57". */
  readonly name: string;
  readonly pid: number;
}

export async function startXvfb({ width, height }: Size): Promise<Xvfb> {
  const options = ["-screen", "0", `${width}x${height}x24`, "-noreset", "-nolisten", "tcp"];
  // It finds a free number by itself, and writes it to the file descriptor named.
  const server = Bun.spawn(diesWithParent(["Xvfb", "-displayfd", "1", ...options]), {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const { value } = await server.stdout.getReader().read();
  const number = new TextDecoder().decode(value).trim();
  await waitFor(`X display ${number}`, () => existsSync(`/tmp/.X11-unix/X${number}`));
  return {
    name: `:${number}`,
    pid: server.pid,
    async [Symbol.asyncDispose]() {
      server.kill("SIGTERM");
      await server.exited;
    },
  };
}
