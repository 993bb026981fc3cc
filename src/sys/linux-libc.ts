import { dlopen, type FFIFunction } from "bun:ffi";

/**
 * Functions of Linux's libc, looked up when they are first asked for.
 * @returns gives them, typed as the caller declares them; null on other systems, and where there is no glibc (musl)
 */
export function linuxLibc<Functions>(symbols: Readonly<Record<keyof Functions, FFIFunction>>): () => Functions | null {
  let libc: Functions | null | undefined;
  return () => {
    if (libc === undefined) {
      libc = process.platform === "linux" ? open<Functions>(symbols) : null;
    }
    return libc;
  };
}

function open<Functions>(symbols: Readonly<Record<string, FFIFunction>>): Functions | null {
  try {
    return dlopen("libc.so.6", symbols).symbols as unknown as Functions;
  } catch {
    return null;
  }
}
