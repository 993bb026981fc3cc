import { noWindow } from "../no-window.ts";
import type { Cookie } from "./authority.ts";

/** What is kept of the server's answer to a new connection. */
export interface Setup {
  readonly idBase: number;
  readonly idMask: number;
  /** Bytes of a request at most, without BIG-REQUESTS. */
  readonly maxRequestBytes: number;
  readonly isLittleEndian: boolean;
  readonly minKeycode: number;
  readonly maxKeycode: number;
  readonly screen: Screen;
  /** Bits per pixel in images, by depth. */
  readonly bitsPerPixel: ReadonlyMap<number, number>;
}

export interface Screen {
  readonly root: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly visual: Visual;
}

export interface Visual {
  readonly id: number;
  readonly isTrueColor: boolean;
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

const TRUE_COLOR = 4;

/** The first bytes of a connection: ```byte order, 0, 11, 0, lengths, 0, name, data```. */
export function encodeSetup(cookie: Cookie | undefined): Uint8Array {
  const name = new TextEncoder().encode(cookie?.name ?? "");
  const data = cookie?.data ?? new Uint8Array(0);
  const nameEnd = 12 + padded(name.length);
  const bytes = new Uint8Array(nameEnd + padded(data.length));
  const view = new DataView(bytes.buffer);
  bytes[0] = "l".charCodeAt(0);
  view.setUint16(2, 11, true);
  view.setUint16(6, name.length, true);
  view.setUint16(8, data.length, true);
  bytes.set(name, 12);
  bytes.set(data, nameEnd);
  return bytes;
}

/** Length of the whole answer, once its first 8 bytes are there. */
export function setupLength(head: Uint8Array): number {
  return 8 + ((head[6] as number) | ((head[7] as number) << 8)) * 4;
}

/**
 * Reads the server's whole answer.
 * @throws LanvidError (display) with the server's reason when it refuses, or when there is no such screen
 */
export function decodeSetup(bytes: Uint8Array, screenNumber: number): Setup {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== 1) {
    const reason = new TextDecoder().decode(bytes.subarray(8, 8 + (bytes[1] as number)));
    throw noWindow(reason.trim() || "the X server refuses the connection");
  }
  const formatCount = view.getUint8(29);
  const formatsAt = 40 + padded(view.getUint16(24, true));
  const bitsPerPixel = new Map<number, number>();
  for (let index = 0; index < formatCount; index++) {
    const at = formatsAt + index * 8;
    bitsPerPixel.set(view.getUint8(at), view.getUint8(at + 1));
  }
  const screen = readScreens(view, formatsAt + formatCount * 8)[screenNumber];
  if (screen === undefined) {
    throw noWindow(`the X server has no screen ${screenNumber}`);
  }
  return {
    idBase: view.getUint32(12, true),
    idMask: view.getUint32(16, true),
    maxRequestBytes: view.getUint16(26, true) * 4,
    isLittleEndian: view.getUint8(30) === 0,
    minKeycode: view.getUint8(34),
    maxKeycode: view.getUint8(35),
    screen,
    bitsPerPixel,
  };
}

function readScreens(view: DataView, start: number): Screen[] {
  const screens: Screen[] = [];
  let at = start;
  for (let index = 0; index < view.getUint8(28); index++) {
    const head = at;
    const rootVisual = view.getUint32(head + 32, true);
    let visual: Visual = { id: rootVisual, isTrueColor: false, red: 0, green: 0, blue: 0 };
    at += 40;
    for (let depth = 0; depth < view.getUint8(head + 39); depth++) {
      const visualCount = view.getUint16(at + 2, true);
      at += 8;
      for (let one = 0; one < visualCount; one++, at += 24) {
        if (view.getUint32(at, true) === rootVisual) {
          visual = {
            id: rootVisual,
            isTrueColor: view.getUint8(at + 4) === TRUE_COLOR,
            red: view.getUint32(at + 8, true),
            green: view.getUint32(at + 12, true),
            blue: view.getUint32(at + 16, true),
          };
        }
      }
    }
    screens.push({
      root: view.getUint32(head, true),
      width: view.getUint16(head + 20, true),
      height: view.getUint16(head + 22, true),
      depth: view.getUint8(head + 38),
      visual,
    });
  }
  return screens;
}

/** Rounded up to a multiple of 4, as everything in the protocol is. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
