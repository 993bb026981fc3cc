// Parts: xvfb
import { existsSync } from "node:fs";
import { STRIP_BLOCK, STRIP_COLUMNS } from "../../src/media.ts";
import type { Size } from "../../src/units.ts";
import { XConnection } from "../../src/window/x11/connection.ts";
import { parseDisplay } from "../../src/window/x11/display-name.ts";
import { getImage } from "../../src/window/x11/requests.ts";
import { readStrip, type Strip } from "../../test/support/picture.ts";
import { waitFor } from "../../test/support/wait.ts";
import { BOUND } from "./child.ts";

const AREA = { x: 0, y: 0, width: STRIP_BLOCK * STRIP_COLUMNS, height: STRIP_BLOCK * 2 };

/** A screen in memory, of which the strip in its top left corner is read. */
export class StripScreen implements AsyncDisposable {
  readonly name: string;
  readonly #server: Bun.Subprocess;
  readonly #connection: XConnection;

  private constructor(name: string, server: Bun.Subprocess, connection: XConnection) {
    this.name = name;
    this.#server = server;
    this.#connection = connection;
  }

  static async open({ width, height }: Size): Promise<StripScreen> {
    const screen = `${width}x${height}x24`;
    const server = Bun.spawn(
      [...BOUND, "Xvfb", "-displayfd", "1", "-screen", "0", screen, "-noreset", "-nolisten", "tcp"],
      {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "ignore",
      },
    );
    const { value } = await server.stdout.getReader().read();
    const number = Number(new TextDecoder().decode(value));
    await waitFor("an X display", () => existsSync(`/tmp/.X11-unix/X${number}`));
    const display = parseDisplay(`:${number}`);
    if (display === undefined) {
      throw new Error("Xvfb does not say its number");
    }
    return new StripScreen(`:${number}`, server, await XConnection.open(display, undefined));
  }

  get pid(): number {
    return this.#server.pid;
  }

  /** What is there now; null when there is no strip. */
  async read(): Promise<Strip | null> {
    const image = await this.#connection.ask(getImage(this.#connection.setup.screen.root, AREA));
    const rgba = new Uint8ClampedArray(image.buffer, image.byteOffset + 32, AREA.width * AREA.height * 4);
    return readStrip({ ...AREA, rgba });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close();
    this.#server.kill();
    await this.#server.exited;
  }
}
