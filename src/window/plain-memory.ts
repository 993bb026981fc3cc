import { ptr } from "bun:ffi";
import type { Size } from "../units.ts";
import type { PixelMemory } from "./window.ts";

/** Memory of this process alone, for `count` pictures. */
export function plainMemory(size: Size, count: number): PixelMemory {
  const buffers = Array.from({ length: count }, () => {
    const bytes = new Uint8Array(new ArrayBuffer(size.width * size.height * 4));
    return { bytes, address: ptr(bytes) as number };
  });
  return { ...size, buffers, close: () => undefined };
}
