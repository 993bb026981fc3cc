import { existsSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { encode as encodePng } from "fast-png";
import { ExitCode, LanvidError, messageOf, usageError } from "./errors.ts";
import type { Size } from "./units.ts";

/** Takes pictures to disk, or to stdout. */
export interface Output {
  /** Settles when the picture is written; the next one may be given then. @throws LanvidError (output) */
  write(picture: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * A file of pictures one after the other (Motion JPEG), or `-` for stdout. The file is made with the first picture.
 * @throws LanvidError (usage) for a suffix that is not known, (output) when the file exists and `force` is not given
 */
export function openOutput(path: string, force: boolean): Output {
  if (path === "-") {
    return new StreamOutput(openStdout, "standard output");
  }
  if (!/\.(mjpeg|mjpg)$/i.test(path)) {
    throw usageError(
      `cannot write "${path}": the name must end in .mjpeg`,
      'use a name like video.mjpeg, or "-" for stdout',
    );
  }
  assertNew(path, force);
  return new StreamOutput(() => openFile(path), `"${path}"`);
}

/** Is this the name of a PNG file? */
export function isPng(path: string): boolean {
  return /\.png$/i.test(path);
}

/**
 * Writes a JPEG as it was received, whole or not at all.
 * @throws LanvidError (output) also for a name that says PNG: what is received is not changed
 */
export async function writeJpeg(path: string, picture: Uint8Array): Promise<void> {
  if (isPng(path)) {
    throw new LanvidError("not-png", ExitCode.output, `cannot write "${path}": the stream is JPEG, not pixels`, {
      hint: "use a name that ends in .jpg",
    });
  }
  await writeWhole(path, picture);
}

/**
 * Writes pixels exactly, as PNG, whole or not at all.
 * @param bytes rows from the top: blue, green, red (3), the same and alpha (4), or grey (1)
 * @throws LanvidError (output)
 */
export async function writePng(
  path: string,
  { width, height, channels }: Size & { readonly channels: 1 | 3 | 4 },
  bytes: Uint8Array,
): Promise<void> {
  const data = Uint8Array.from(bytes);
  if (channels !== 1) {
    for (let at = 0; at < data.length; at += channels) {
      data[at] = bytes[at + 2] as number;
      data[at + 2] = bytes[at] as number;
    }
  }
  await writeWhole(path, encodePng({ width, height, channels, data, depth: 8 }));
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    await Bun.write(part, bytes);
    await rename(part, path);
  } catch (cause) {
    await Bun.file(part)
      .delete()
      .catch(() => undefined);
    throw outputError(`"${path}"`, cause);
  }
}

/** @throws LanvidError (output) when the file exists and `force` is not given */
export function assertNew(path: string, force: boolean): void {
  if (!force && existsSync(path)) {
    throw new LanvidError("file-exists", ExitCode.output, `cannot write "${path}": it exists`, {
      hint: "choose another name, or overwrite it with --force",
    });
  }
}

/** Where bytes go, once the first ones are there. */
interface Writable {
  write(bytes: Uint8Array): Promise<unknown>;
  close(): Promise<unknown>;
}

class StreamOutput implements Output {
  readonly #open: () => Promise<Writable>;
  readonly #name: string;
  #writable: Writable | undefined;

  constructor(open: () => Promise<Writable>, name: string) {
    this.#open = open;
    this.#name = name;
  }

  async write(picture: Uint8Array): Promise<void> {
    try {
      this.#writable ??= await this.#open();
      await this.#writable.write(picture);
    } catch (cause) {
      throw outputError(this.#name, cause);
    }
  }

  async close(): Promise<void> {
    const writable = this.#writable;
    this.#writable = undefined;
    try {
      await writable?.close();
    } catch (cause) {
      throw outputError(this.#name, cause);
    }
  }
}

/** Makes the file, or empties the one that is there. */
async function openFile(path: string): Promise<Writable> {
  const handle = await open(path, "w");
  return { write: (bytes) => handle.writeFile(bytes), close: () => handle.close() };
}

async function openStdout(): Promise<Writable> {
  const sink = Bun.stdout.writer();
  return {
    async write(bytes) {
      // Both may fail, and both must be waited for.
      await sink.write(bytes);
      await sink.flush();
    },
    close: async () => undefined,
  };
}

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOSPC: ["the disk is full", "make room, or choose another disk"],
  EDQUOT: ["your share of the disk is full", "make room, or choose another disk"],
  ENOENT: ["there is no such folder", "make the folder first, or choose another"],
  EACCES: ["you are not allowed to", "check the folder and its permissions"],
  EISDIR: ["it is a folder", "choose another name"],
  EPIPE: ["the program that reads it has ended", "look at what that program says"],
};

function outputError(name: string, cause: unknown): LanvidError {
  const known = REASONS[(cause as { code?: string }).code ?? ""];
  const [reason, hint] = known ?? [messageOf(cause), "check the folder and its permissions"];
  return new LanvidError("cannot-write", ExitCode.output, `cannot write ${name}: ${reason}`, { cause, hint });
}
