import type { BundledCanvas, BundledFfmpeg } from "./bundle.ts";
import { VERSION_LINE } from "./version.ts";

/** What the compiled program carries inside. */
export interface Inside {
  /** Null when it was built without one. */
  readonly ffmpeg: BundledFfmpeg | null;
  readonly canvas: BundledCanvas;
}

/** The beginning of the compiled program: gives it what it carries inside, then goes on as from its sources. */
export async function start({ ffmpeg, canvas }: Inside): Promise<void> {
  const args = process.argv.slice(2);
  if (args.length === 1 && ["--version", "-V", "-v", "version"].includes(args[0] as string)) {
    // Without loading anything else: what is imported below, and what that imports, is loaded when it is reached.
    console.log(VERSION_LINE);
    return;
  }
  const { provideCanvas, provideFfmpeg } = await import("./bundle.ts");
  provideCanvas(canvas);
  provideFfmpeg(ffmpeg);
  if (args.length === 0 && (await import("./sys.ts")).isAloneInConsole()) {
    process.argv.push("serve");
    const { readSync } = await import("node:fs");
    process.once("exit", (code) => keepWindow(code, readSync));
  }
  await import("./main.ts");
}

/** Whoever clicked can read what went wrong before the window goes. */
function keepWindow(code: number, readSync: (file: number, into: Uint8Array) => number): void {
  if (code === 0) {
    return;
  }
  console.error("Press Enter to close this window.");
  try {
    readSync(0, new Uint8Array(1));
  } catch {
    // Its input is gone, and with it the person.
  }
}
