import type { Size } from "../../units.ts";
import { plainMemory } from "../plain-memory.ts";
import type { PixelMemory } from "../window.ts";
import type { XConnection } from "./connection.ts";
import * as x from "./requests.ts";
import { SharedMemory } from "./shared-memory.ts";

/** Memory of ours; `segment` is its number at the server, null when the server does not see it. */
export interface PictureMemory extends PixelMemory {
  readonly segment: number | null;
}

/** The memory of a window's pictures: shared with the server where it can be, else this process's own. */
export class PictureMemories {
  readonly #connection: XConnection;
  readonly #shm: number;
  readonly #shared = new Set<{ readonly segment: number; readonly shared: SharedMemory }>();

  /** @param shm the extension's opcode; 0 where nothing is shared */
  constructor(connection: XConnection, shm: number) {
    this.#connection = connection;
    this.#shm = shm;
  }

  /** Some of it is shared. */
  get isSharing(): boolean {
    return this.#shared.size > 0;
  }

  /** Makes room for `count` pictures of this size. */
  async allocate(size: Size, count: number): Promise<PictureMemory> {
    const pictureBytes = size.width * size.height * 4;
    const shared = await this.#share(pictureBytes * count);
    if (shared === null) {
      return { ...plainMemory(size, count), segment: null };
    }
    const buffers = Array.from({ length: count }, (_, index) => ({
      bytes: shared.memory.bytes.subarray(index * pictureBytes, (index + 1) * pictureBytes),
      address: shared.memory.address + index * pictureBytes,
    }));
    const entry = { segment: shared.segment, shared: shared.memory };
    this.#shared.add(entry);
    const close = () => {
      if (this.#shared.delete(entry)) {
        this.#connection.send(x.shmDetach(this.#shm, entry.segment));
        this.#connection.freeId(entry.segment);
        this.#connection.flush();
        entry.shared.close();
      }
    };
    return { ...size, buffers, segment: shared.segment, close };
  }

  /** Takes all of it back from the server; what was sent is not flushed. */
  close(): void {
    for (const { shared, segment } of this.#shared) {
      this.#connection.send(x.shmDetach(this.#shm, segment));
      shared.close();
    }
    this.#shared.clear();
  }

  /** Memory that the server sees too, and shows unchanged; null where there is none. */
  async #share(byteCount: number): Promise<{ memory: SharedMemory; segment: number } | null> {
    const memory = this.#shm === 0 ? null : SharedMemory.create(byteCount);
    if (memory === null) {
      return null;
    }
    const segment = this.#connection.newId();
    try {
      // The server may be in another container, where the same number means other memory: one pixel tells.
      memory.bytes.set([0x5a, 0xa5, 0x3c, 0], 0);
      this.#connection.send(x.shmAttach(this.#shm, segment, memory.id));
      // Waited for twice: an attachment that is refused shall be known before it is used.
      await this.#connection.ask(x.getInputFocus());
      if (await this.#showsPixel(segment, [0x5a, 0xa5, 0x3c])) {
        return { memory, segment };
      }
      this.#connection.send(x.shmDetach(this.#shm, segment));
    } catch {
      // Refused, or the server is gone.
    }
    this.#connection.freeId(segment);
    memory.close();
    return null;
  }

  async #showsPixel(segment: number, expected: readonly number[]): Promise<boolean> {
    const { depth, root } = this.#connection.setup.screen;
    const [pixmap, gc] = [this.#connection.newId(), this.#connection.newId()];
    const one = { width: 1, height: 1 };
    this.#connection.send(x.createPixmap(pixmap, root, depth, 1, 1));
    this.#connection.send(x.createGc(gc, pixmap));
    this.#connection.send(x.shmPutImage(this.#shm, { drawable: pixmap, gc, depth, ...one, segment, offset: 0 }));
    const image = await this.#connection.ask(x.getImage(pixmap, { x: 0, y: 0, ...one }));
    this.#connection.send(x.freeGc(gc));
    this.#connection.send(x.freePixmap(pixmap));
    this.#connection.freeId(gc);
    this.#connection.freeId(pixmap);
    return expected.every((value, index) => image.getUint8(32 + index) === value);
  }
}
