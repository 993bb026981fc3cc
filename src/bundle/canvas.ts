import { join } from "node:path";
import { type PackedFile, unpack } from "./unpack.ts";

/** The native library of @napi-rs/canvas inside the compiled program; the build writes this down. */
export interface BundledCanvas {
  /** Of the package. */
  readonly version: string;
  /** The library, then what it needs beside it (on Windows `icudtl.dat`). */
  readonly files: readonly [PackedFile, ...PackedFile[]];
  /** Where its licence's text can be read, inside the compiled program. */
  readonly licenceFile: string;
}

let bundled: BundledCanvas | null = null;
let isPrepared = false;

/** Called once, by the compiled program's beginning. */
export function provideCanvas(canvas: BundledCanvas | null): void {
  bundled = canvas;
  isPrepared = false;
}

/**
 * To be called before each `import("@napi-rs/canvas")`: in the compiled program it puts the native library into the
 * cache folder, unless it is there and undamaged, and says by the environment where that is. A Worker has no part in
 * this: it inherits the environment, so call this before it is started. From sources there is nothing to do.
 * @throws LanvidError (display) when the folder can't be written to
 */
export function prepareCanvas(): void {
  if (bundled !== null && !isPrepared) {
    process.env["NAPI_RS_NATIVE_LIBRARY_PATH"] = unpackCanvas(bundled);
    isPrepared = true;
  }
}

/** Puts a canvas into the cache folder, and gives the library's path. @throws LanvidError (display) when it can't */
export function unpackCanvas({ version, files, licenceFile }: BundledCanvas): string {
  const [library] = files;
  const folder = unpack({
    name: "canvas",
    folder: `canvas-${version}-${library.sha256.slice(0, 12)}`,
    files,
    licenceFile,
    kind: "display",
    hint: "choose another folder with LANVID_CACHE, or watch in a browser with --view browser",
  });
  return join(folder, library.fileName);
}
