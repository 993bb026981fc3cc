import { dlopen, FFIType, ptr } from "bun:ffi";

/**
 * Is this program alone in its console window? On Windows it is when it was started by a double click: the window is
 * its own, and closes with it. False on other systems, and where no console is.
 */
export function isAloneInConsole(): boolean {
  if (process.platform !== "win32") {
    return false;
  }
  try {
    const { symbols } = dlopen("kernel32.dll", {
      GetConsoleProcessList: { args: [FFIType.ptr, FFIType.u32], returns: FFIType.u32 },
    });
    const processes = new Uint32Array(2);
    return symbols.GetConsoleProcessList(ptr(processes), processes.length) === 1;
  } catch {
    return false;
  }
}
