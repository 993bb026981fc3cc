// Parts: openbox, xdotool, xprop, xvfb
/** An X screen of a test's own, its pixels, and somebody who presses keys. */

import { existsSync } from "node:fs";
import type { Size } from "../../src/units.ts";
import { XConnection } from "../../src/window/x11/connection.ts";
import { parseDisplay } from "../../src/window/x11/display-name.ts";
import { getImage, internAtom, queryExtension, request, tellManager } from "../../src/window/x11/requests.ts";
import type { Lanvid } from "./lanvid.ts";
import { letterbox, type Picture, type Rectangle, readStrip, type Strip, stripAgeMs } from "./picture.ts";
import { timed } from "./timed.ts";
import { DEADLINE_MS, waitFor } from "./wait.ts";

/** Small enough to be read as a whole in one reply. */
export const SCREEN = { width: 1280, height: 800 };

/** Where a live picture is shown, it is seen within this, ms; also by a decoder that has to be started first. */
const SOON_MS = 10_000;

/** Of words that say that what is seen is not live; channels that may differ, since letters have soft edges. */
const AMBER = [255, 178, 36] as const;
const AMBER_TOLERANCE = 40;
const LETTERS_PIXELS = 30;
/** A place in the list of keys that has no letters, from the window's centre, and over a bright part of the pattern. */
const IN_LIST = { x: -102, y: 85 };

const GET_GEOMETRY = 14;
const TRANSLATE_COORDINATES = 40;

export interface ScreenOptions {
  /** Runs openbox. */
  readonly isManaged?: boolean;
  /** More words for Xvfb. */
  readonly args?: readonly string[];
}

export class Screen implements AsyncDisposable {
  /** For DISPLAY. */
  readonly name: string;
  readonly #server: Bun.Subprocess;
  readonly #manager: Bun.Subprocess | null;
  readonly #connection: XConnection;

  private constructor(name: string, server: Bun.Subprocess, manager: Bun.Subprocess | null, connection: XConnection) {
    this.name = name;
    this.#server = server;
    this.#manager = manager;
    this.#connection = connection;
  }

  static async open({ isManaged = false, args = [] }: ScreenOptions = {}): Promise<Screen> {
    const { width, height } = SCREEN;
    const server = Bun.spawn(
      ["Xvfb", "-displayfd", "1", "-screen", "0", `${width}x${height}x24`, "-noreset", ...args],
      {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "ignore",
      },
    );
    const { value } = await server.stdout.getReader().read();
    const name = `:${new TextDecoder().decode(value).trim()}`;
    await waitFor(`X display ${name}`, () => existsSync(`/tmp/.X11-unix/X${name.slice(1)}`));
    const display = parseDisplay(name);
    if (display === undefined) {
      throw new Error(`no display "${name}"`);
    }
    const connection = await XConnection.open(display, undefined);
    const env = { ...process.env, DISPLAY: name };
    const manager = isManaged ? Bun.spawn(["openbox"], { env, stdout: "ignore", stderr: "ignore" }) : null;
    const screen = new Screen(name, server, manager, connection);
    if (isManaged) {
      await waitFor("a window manager", () => screen.xdo("get_desktop").isOk);
    }
    return screen;
  }

  get environment(): Record<string, string> {
    return { DISPLAY: this.name };
  }

  /** Runs xdotool. */
  xdo(...words: readonly string[]): { readonly isOk: boolean; readonly text: string } {
    const { success, stdout } = Bun.spawnSync(["xdotool", ...words], {
      env: { ...process.env, DISPLAY: this.name },
      stderr: "ignore",
      timeout: 5000,
    });
    return { isOk: success, text: stdout.toString().trim() };
  }

  /** A lanvid's window, when it is there. */
  async window({ child }: Lanvid): Promise<string> {
    const words = ["search", "--onlyvisible", "--all", "--pid", String(child.pid), "--name", "lanvid"];
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const ids = this.xdo(...words).text.split("\n");
      for (const id of ids.filter((one) => one !== "")) {
        if ((await this.area(id)) !== null) {
          return id;
        }
      }
      if (performance.now() > deadline) {
        throw new Error(`lanvid opens no window: ${ids}`);
      }
    }
  }

  title(window: string): string {
    return this.xdo("getwindowname", window).text;
  }

  /** Where the window's inside lies on the screen; null when it is not there. */
  async area(window: string): Promise<Rectangle | null> {
    const id = Number(window);
    try {
      const size = await this.#connection.ask(request(GET_GEOMETRY, 0, [id]));
      const place = await this.#connection.ask(
        request(TRANSLATE_COORDINATES, 0, [id, this.#connection.setup.screen.root, 0]),
      );
      return {
        x: place.getInt16(12, true),
        y: place.getInt16(14, true),
        width: size.getUint16(16, true),
        height: size.getUint16(18, true),
      };
    } catch {
      return null;
    }
  }

  /** Settles when the window's inside is so. */
  async becomes(window: string, accepts: (area: Rectangle) => boolean): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    for (let area = await this.area(window); area === null || !accepts(area); area = await this.area(window)) {
      if (performance.now() > deadline) {
        throw new Error(`the window stays ${JSON.stringify(area)}`);
      }
    }
  }

  /** The pixels that a person would see. */
  async picture(): Promise<Picture> {
    const reply = await this.#connection.ask(getImage(this.#connection.setup.screen.root, { x: 0, y: 0, ...SCREEN }));
    const rgba = new Uint8ClampedArray(SCREEN.width * SCREEN.height * 4);
    for (let at = 0; at < rgba.length; at += 4) {
      rgba[at] = reply.getUint8(32 + at + 2);
      rgba[at + 1] = reply.getUint8(32 + at + 1);
      rgba[at + 2] = reply.getUint8(32 + at);
      rgba[at + 3] = 255;
    }
    return { ...SCREEN, rgba };
  }

  /** The strip of a stream of this size in a window, letterboxed to it; null when none can be read. */
  async strip(window: string, stream: Size): Promise<Strip | null> {
    const area = await this.area(window);
    if (area === null) {
      return null;
    }
    const box = letterbox(area, stream);
    return readStrip(await this.picture(), stream.width, { ...box, x: area.x + box.x, y: area.y + box.y });
  }

  /** The first strip that is read and accepted. */
  async sees(
    window: string,
    stream: Size,
    accepts: (strip: Strip) => boolean = () => true,
    deadlineMs = DEADLINE_MS,
  ): Promise<Strip> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const strip = await this.strip(window, stream);
      if (strip !== null && accepts(strip)) {
        return strip;
      }
      if (performance.now() > deadline) {
        throw new Error(
          `the window does not show such a picture: ${JSON.stringify({ strip, area: await this.area(window) })}`,
        );
      }
    }
  }

  /** Says that a picture is live, soon: not that of before that may still be there. */
  async showsLive(window: string, stream: Size, atMost = 500): Promise<void> {
    await timed(async () => {
      let youngest = Number.POSITIVE_INFINITY;
      const isYoung = (strip: Strip) => {
        youngest = Math.min(youngest, stripAgeMs(strip));
        return youngest <= atMost;
      };
      await this.sees(window, stream, isYoung, SOON_MS).catch(() => undefined);
      return [{ what: "the youngest picture in the window", ms: youngest, atMost }];
    });
  }

  /** Settles when the lightness at a place, relative to the window, is so. */
  async lightnessBecomes(window: string, x: number, y: number, accepts: (lightness: number) => boolean): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const { rgba } = await this.picture();
      const area = (await this.area(window)) ?? { x: 0, y: 0 };
      const at = ((area.y + y) * SCREEN.width + area.x + x) * 4;
      const lightness = ((rgba[at] as number) + (rgba[at + 1] as number) + (rgba[at + 2] as number)) / 3;
      if (accepts(lightness)) {
        return;
      }
      if (performance.now() > deadline) {
        throw new Error(`the lightness at ${x}, ${y} stays ${lightness}`);
      }
    }
  }

  /** Settles when there are words that say that what is seen is not live, or none. */
  async hasAlert(window: string, isThere = true): Promise<void> {
    await waitFor(`${isThere ? "an alert" : "no alert"} in the window`, async () => {
      const { rgba } = await this.picture();
      const area = (await this.area(window)) ?? { x: 0, y: 0, width: 0, height: 0 };
      let amber = 0;
      for (let y = area.y + Math.floor(area.height / 2); y < Math.min(area.y + area.height, SCREEN.height); y++) {
        for (let x = area.x; x < Math.min(area.x + area.width, SCREEN.width); x++) {
          const at = (y * SCREEN.width + x) * 4;
          const isAmber = AMBER.every(
            (value, channel) => Math.abs((rgba[at + channel] as number) - value) < AMBER_TOLERANCE,
          );
          amber += isAmber ? 1 : 0;
        }
      }
      return amber >= LETTERS_PIXELS === isThere;
    });
  }

  /** Settles when the list of keys stands over the test pattern, or does not. */
  async hasKeyList(window: string, isThere = true): Promise<void> {
    const { width, height } = (await this.area(window)) ?? SCREEN;
    const scale = Math.max(0.7, Math.min(width / 1280, height / 720));
    const [x, y] = [width / 2 + IN_LIST.x * scale, height / 2 + IN_LIST.y * scale].map(Math.round) as [number, number];
    await this.lightnessBecomes(window, x, y, (lightness) => (isThere ? lightness < 110 : lightness > 140));
  }

  /** The window fills the screen, as by a key of the window manager's. */
  async fillByManager(window: string): Promise<void> {
    const names = ["_NET_WM_STATE", "_NET_WM_STATE_FULLSCREEN"];
    const replies = await Promise.all(names.map((name) => this.#connection.ask(internAtom(name))));
    const [state = 0, fullScreen = 0] = replies.map((reply) => reply.getUint32(8, true));
    const { root } = this.#connection.setup.screen;
    this.#connection.send(tellManager(root, Number(window), state, [1, fullScreen]));
    this.#connection.flush();
  }

  /** What xprop says of a property. */
  property(window: string, name: string): string {
    const env = { ...process.env, DISPLAY: this.name, LC_ALL: "C.UTF-8" };
    return Bun.spawnSync(["xprop", "-id", window, name], { env, timeout: 5000 }).stdout.toString().trim();
  }

  /** Is the pointer one that is seen? */
  async isPointerSeen(): Promise<boolean> {
    // X Fixes Extension: QueryVersion, then GetCursorImage.
    const opcode = (await this.#connection.ask(queryExtension("XFIXES"))).getUint8(9);
    await this.#connection.ask(request(opcode, 0, [4, 0]));
    const image = await this.#connection.ask(request(opcode, 4, []));
    const pixels = image.getUint16(12, true) * image.getUint16(14, true);
    return Array.from({ length: pixels }, (_, index) => image.getUint8(32 + index * 4 + 3)).some((alpha) => alpha > 0);
  }

  /** Ends the X server at once. */
  async kill(): Promise<void> {
    this.#server.kill("SIGKILL");
    await this.#server.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close();
    this.#manager?.kill();
    await this.#manager?.exited;
    this.#server.kill("SIGTERM");
    await this.#server.exited;
  }
}

/** The shared memory segments that a lanvid has made and that are still there, as the kernel counts them. */
export async function sharedSegments({ child }: Lanvid): Promise<string[]> {
  // proc(5): key, shmid, perms, size, cpid …
  const lines = (await Bun.file("/proc/sysvipc/shm").text()).trim().split("\n").slice(1);
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return fields.filter(([, , , , creator]) => Number(creator) === child.pid).map(([, id]) => id as string);
}
