import { FFIType, type Pointer, toArrayBuffer } from "bun:ffi";
import { linuxLibc } from "../../sys.ts";

/** <sys/ipc.h>, <sys/shm.h> */
const IPC_PRIVATE = 0;
const IPC_CREAT = 0o1000;
const IPC_RMID = 0;
const OWNER_ONLY = 0o600;

interface Libc {
  shmget(key: number, bytes: bigint, flags: number): number;
  shmat(id: number, address: null, flags: number): Pointer | null;
  shmdt(address: Pointer): number;
  shmctl(id: number, command: number, buffer: null): number;
}

const { i32, u64, ptr: pointer } = FFIType;
/** Without it pictures go over the socket. */
const loadLibc = linuxLibc<Libc>({
  shmget: { args: [i32, u64, i32], returns: i32 },
  shmat: { args: [i32, pointer, i32], returns: pointer },
  shmdt: { args: [pointer], returns: i32 },
  shmctl: { args: [i32, i32, pointer], returns: i32 },
});

/** Memory that this process and the X server both see. The kernel frees it when both have let go of it. */
export class SharedMemory {
  readonly #address: Pointer;
  /** Must not be touched after `close`. */
  readonly bytes: Uint8Array;
  readonly id: number;

  private constructor(id: number, address: Pointer, byteCount: number) {
    this.id = id;
    this.#address = address;
    this.bytes = new Uint8Array(toArrayBuffer(address, 0, byteCount));
  }

  /** Null where there is none to be had. */
  static create(byteCount: number): SharedMemory | null {
    const c = loadLibc();
    const id = c?.shmget(IPC_PRIVATE, BigInt(byteCount), IPC_CREAT | OWNER_ONLY) ?? -1;
    if (c === null || id < 0) {
      return null;
    }
    const address = c.shmat(id, null, 0);
    // Linux lets others attach to a segment that is marked for removal: so it goes with us, however we end.
    c.shmctl(id, IPC_RMID, null);
    // shmat gives −1 when it fails.
    return address === null || Number(address) >= 2 ** 63 || Number(address) <= 0
      ? null
      : new SharedMemory(id, address, byteCount);
  }

  get address(): number {
    return this.#address;
  }

  close(): void {
    loadLibc()?.shmdt(this.#address);
  }
}
