import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { LanvidError } from "../../errors.ts";
import { type Clock, type Ms, systemClock } from "../../time.ts";
import type { Patch } from "./container.ts";
import { outputError } from "./output-error.ts";

/** How often what was written is made to last, should the machine lose its power; ms. */
const SYNC_MS = 1000;
/** What a part that waits takes beside its bytes, by and large. */
const OVERHEAD_BYTES = 128;
/** Files that can't be synced, cut or written over: pipes, devices. */
const NO_SUCH_THING: ReadonlySet<string> = new Set(["EINVAL", "ENOTSUP", "ENOSYS", "ESPIPE", "EPERM", "EISDIR"]);

/**
 * A file that only grows, part by part, and is made with the first one. Nobody waits for the disk: parts do. When one
 * can't be written, the file ends before it, and nothing more is written.
 */
export class GrowingFile {
  readonly #path: string;
  readonly #replaces: boolean;
  readonly #clock: Clock;
  readonly #queue: Uint8Array[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | null = null;
  #syncing: Promise<void> | null = null;
  #file: FileHandle | null = null;
  /** Bytes of whole parts that are in the file, and those of them that will stay. */
  #size = 0;
  #syncedSize = 0;
  #syncedAt: Ms = 0;
  #failure: LanvidError | null = null;

  /** @param replaces a file that is there already */
  constructor(path: string, replaces: boolean, clock = systemClock) {
    this.#path = path;
    this.#replaces = replaces;
    this.#clock = clock;
  }

  /** Bytes that are in the file. */
  get size(): number {
    return this.#size;
  }

  /** What was appended and is not yet in the file, by what it takes in memory: parts may be of one byte. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Whether one more part of `byteCount` bytes may wait where at most `limit` bytes may; the only one always may. */
  hasRoomFor(byteCount: number, limit: number): boolean {
    return this.#waitingBytes === 0 || this.#waitingBytes + byteCount + OVERHEAD_BYTES <= limit;
  }

  /** Why nothing more is written, or null. */
  get failure(): LanvidError | null {
    return this.#failure;
  }

  /** Keeps the parts' bytes. */
  append(parts: readonly Uint8Array[]): void {
    if (this.#failure !== null) {
      return;
    }
    for (const part of parts) {
      this.#queue.push(part);
      this.#waitingBytes += part.length + OVERHEAD_BYTES;
    }
    if (this.#queue.length > 0) {
      this.#writing ??= this.#write();
    }
    this.#syncNowAndThen();
  }

  /** Settles when all parts are written, as far as they can be. */
  async written(): Promise<void> {
    await this.#writing;
  }

  /** Writes over what is there, and settles when the file is closed and will stay. */
  async close(patches: readonly Patch[]): Promise<void> {
    await this.#writing;
    await this.#syncing;
    const file = this.#file;
    if (file === null) {
      return;
    }
    this.#file = null;
    try {
      if (this.#failure === null) {
        for (const { at, bytes } of patches) {
          await possible(file.write(bytes, 0, bytes.length, at));
        }
        await possible(file.datasync());
      }
    } catch (cause) {
      this.#fail(cause);
    } finally {
      await file.close().catch((cause) => this.#fail(cause));
    }
  }

  async #write(): Promise<void> {
    try {
      this.#file ??= await this.#make();
      for (let part = this.#queue.shift(); part !== undefined; part = this.#queue.shift()) {
        await writeWhole(this.#file, part);
        this.#size += part.length;
        this.#waitingBytes -= part.length + OVERHEAD_BYTES;
      }
    } catch (cause) {
      this.#fail(cause);
      // A part of a part may be there.
      await this.#file?.truncate(this.#size).catch(() => undefined);
    }
    this.#writing = null;
  }

  async #make(): Promise<FileHandle> {
    const file = await open(this.#path, this.#replaces ? "w" : "wx");
    // Its name must last as well as its bytes.
    const folder = await open(dirname(this.#path), "r").catch(() => null);
    await folder?.sync().catch(() => undefined);
    await folder?.close();
    return file;
  }

  #syncNowAndThen(): void {
    const now = this.#clock.now();
    const isDue = now - this.#syncedAt >= SYNC_MS && this.#size > this.#syncedSize;
    if (isDue && this.#file !== null && this.#syncing === null) {
      this.#syncedAt = now;
      this.#syncedSize = this.#size;
      this.#syncing = possible(this.#file.datasync())
        .catch((cause) => this.#fail(cause))
        .then(() => {
          this.#syncing = null;
        });
    }
  }

  #fail(cause: unknown): void {
    this.#failure ??= outputError(`"${this.#path}"`, cause);
    this.#queue.length = 0;
    this.#waitingBytes = 0;
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}

/** Settles also when files of this kind can't do that. */
async function possible(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!NO_SUCH_THING.has((error as { code?: string }).code ?? "")) {
      throw error;
    }
  }
}
