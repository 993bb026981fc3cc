import { dlopen, FFIType, ptr } from "bun:ffi";

/** <sys/resource.h> of Linux and macOS. */
const RLIMIT_NOFILE = { linux: 7, darwin: 8 } as const;
/** macOS allows no more to a process, whatever its hard limit says: <sys/syslimits.h>, OPEN_MAX. */
const OPEN_MAX = 10_240;

/**
 * Raises the number of files and sockets that this process may have open to what it may raise it to.
 * @returns the number; null where there is no such limit or it can't be known
 */
export function raiseDescriptorLimit(): number | null {
  const { platform } = process;
  if (platform !== "linux" && platform !== "darwin") {
    return null;
  }
  const { i32, ptr: pointer } = FFIType;
  try {
    const libc = dlopen(platform === "linux" ? "libc.so.6" : "libSystem.B.dylib", {
      getrlimit: { args: [i32, pointer], returns: i32 },
      setrlimit: { args: [i32, pointer], returns: i32 },
    });
    // struct rlimit: soft and hard, 64 bits each.
    const limits = new BigUint64Array(new ArrayBuffer(16));
    if (libc.symbols.getrlimit(RLIMIT_NOFILE[platform], ptr(limits)) !== 0) {
      return null;
    }
    const [soft = 0n, hard = 0n] = limits;
    const most = platform === "darwin" && hard > OPEN_MAX ? BigInt(OPEN_MAX) : hard;
    if (soft >= most) {
      return Number(soft);
    }
    limits[0] = most;
    return Number(libc.symbols.setrlimit(RLIMIT_NOFILE[platform], ptr(limits)) === 0 ? most : soft);
  } catch {
    return null;
  }
}
