import { noWindow } from "../no-window.ts";
import type { XConnection } from "./connection.ts";
import * as x from "./requests.ts";

/** What a server can do beyond the core protocol: opcodes, a limit, and the formats of its pictures. */
export interface Extensions {
  readonly render: number;
  /** 0 where pictures go over the socket. */
  readonly shm: number;
  /** Bytes of a request at most. */
  readonly maxRequestBytes: number;
  readonly argbFormat: number;
  readonly screenFormat: number;
}

/**
 * Asks the server for what pictures are drawn with.
 * @param mayShare it may see our memory
 * @throws LanvidError (display) when it can't scale pictures
 */
export async function findExtensions(connection: XConnection, mayShare: boolean): Promise<Extensions> {
  const find = async (name: string) => {
    const reply = await connection.ask(x.queryExtension(name));
    return reply.getUint8(8) === 1 ? reply.getUint8(9) : 0;
  };
  const [render, shm, big] = await Promise.all([find("RENDER"), mayShare ? find("MIT-SHM") : 0, find("BIG-REQUESTS")]);
  if (render === 0) {
    throw noWindow("the X server can't scale pictures: it has no RENDER extension");
  }
  await connection.ask(x.renderQueryVersion(render));
  const formats = x.readPictFormats(
    await connection.ask(x.queryPictFormats(render)),
    connection.setup.screen.visual.id,
  );
  if (formats.argb === undefined || formats.screen === undefined) {
    throw noWindow("the X server can't scale pictures in its own format");
  }
  let maxRequestBytes = connection.setup.maxRequestBytes;
  if (big !== 0) {
    maxRequestBytes = (await connection.ask(x.enableBigRequests(big))).getUint32(8, true) * 4;
  }
  if (shm !== 0) {
    await connection.ask(x.shmQueryVersion(shm));
  }
  return { render, shm, maxRequestBytes, argbFormat: formats.argb, screenFormat: formats.screen };
}
