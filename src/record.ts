import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { ExitCode, LanvidError, messageOf, usageError } from "./errors.ts";

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
    return new StreamOutput(() => Bun.stdout.writer(), "standard output");
  }
  if (!/\.(mjpeg|mjpg)$/i.test(path)) {
    throw usageError(
      `cannot write "${path}": the name must end in .mjpeg`,
      'use a name like video.mjpeg, or "-" for stdout',
    );
  }
  assertNew(path, force);
  return new StreamOutput(() => Bun.file(path).writer(), `"${path}"`);
}

/**
 * Writes one picture as it was received, whole or not at all.
 * @throws LanvidError (output)
 */
export async function writeSnapshot(path: string, picture: Uint8Array): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    await Bun.write(part, picture);
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

class StreamOutput implements Output {
  readonly #open: () => Bun.FileSink;
  readonly #name: string;
  #sink: Bun.FileSink | undefined;

  constructor(open: () => Bun.FileSink, name: string) {
    this.#open = open;
    this.#name = name;
  }

  async write(picture: Uint8Array): Promise<void> {
    try {
      this.#sink ??= this.#open();
      this.#sink.write(picture);
      await this.#sink.flush();
    } catch (cause) {
      throw outputError(this.#name, cause);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#sink?.end();
    } catch (cause) {
      throw outputError(this.#name, cause);
    }
  }
}

function outputError(name: string, cause: unknown): LanvidError {
  const isFull = (cause as { code?: string }).code === "ENOSPC";
  const reason = isFull ? "the disk is full" : messageOf(cause);
  return new LanvidError("cannot-write", ExitCode.output, `cannot write ${name}: ${reason}`, {
    cause,
    hint: isFull ? "make room, or choose another disk" : "check the folder and its permissions",
  });
}
