import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Clock } from "../../time.ts";
import { noWindow } from "../no-window.ts";
import { type Cookie, findCookie } from "./authority.ts";
import { XConnection } from "./connection.ts";
import { parseDisplay } from "./display-name.ts";
import type { Setup } from "./setup.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A display that was reached and can show pictures. */
export interface XDisplay {
  readonly connection: XConnection;
  /** The server is on this machine, so that it may see our memory. */
  readonly isLocal: boolean;
}

/** @throws LanvidError (display) that says why the display can't be used */
export async function openDisplay(env: Environment, clock?: Clock): Promise<XDisplay> {
  const text = env["DISPLAY"] ?? "";
  const name = parseDisplay(text);
  if (name === undefined) {
    throw noWindow(text === "" ? "DISPLAY is not set" : `DISPLAY "${text}" names no display`);
  }
  let connection: XConnection;
  try {
    connection = await XConnection.open(name, readCookie(env, name.display), clock);
  } catch (error) {
    throw noWindow(`the X display "${text}" can't be reached: ${messageOf(error)}`, error);
  }
  const obstacle = obstacleIn(connection.setup);
  if (obstacle !== null) {
    connection.close();
    throw noWindow(`the X display "${text}" ${obstacle}`);
  }
  return { connection, isLocal: name.host === null };
}

/** Why pictures can't be shown there as they are: 32 bits per pixel, blue first. */
function obstacleIn({ screen, bitsPerPixel, isLittleEndian }: Setup): string | null {
  const { visual, depth } = screen;
  const isUsual = visual.red === 0xff_0000 && visual.green === 0xff00 && visual.blue === 0xff;
  if (!visual.isTrueColor || (depth !== 24 && depth !== 32) || bitsPerPixel.get(depth) !== 32 || !isUsual) {
    return `has ${depth} bits of colour in an order that is not supported, 24 bits TrueColor are`;
  }
  return isLittleEndian ? null : "wants its pictures big endian, which is not supported";
}

function readCookie(env: Environment, display: number): Cookie | undefined {
  const home = env["HOME"];
  const path = env["XAUTHORITY"] ?? (home === undefined ? undefined : join(home, ".Xauthority"));
  try {
    return path !== undefined && existsSync(path) ? findCookie(readFileSync(path), display, hostname()) : undefined;
  } catch {
    // Not ours to read: the server may let us in without.
    return undefined;
  }
}
