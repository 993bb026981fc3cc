import { dlopen, FFIType, type Pointer, ptr, toArrayBuffer } from "bun:ffi";

const { ptr: pointer, i32, u32 } = FFIType;
/** FOLDERID_Pictures, {33E28130-4E1E-4676-835A-98395C3BC3BB}, as a GUID lies in memory. */
const PICTURES = [0x30, 0x81, 0xe2, 0x33, 0x1e, 0x4e, 0x76, 0x46, 0x83, 0x5a, 0x98, 0x39, 0x5c, 0x3b, 0xc3, 0xbb];
/** Characters of a path in Windows at most. */
const MOST_CHARACTERS = 32_767;

/** The person's folder for pictures on Windows, wherever it was moved to; null where Windows does not say. */
export function knownPicturesFolder(): string | null {
  const { symbols: shell32 } = dlopen("shell32.dll", {
    SHGetKnownFolderPath: { args: [pointer, u32, pointer, pointer], returns: i32 },
  });
  const { symbols: ole32 } = dlopen("ole32.dll", { CoTaskMemFree: { args: [pointer], returns: FFIType.void } });
  // The address of a small array goes stale unless its buffer is made first.
  const id = new Uint8Array(new ArrayBuffer(16));
  id.set(PICTURES);
  const out = new Uint8Array(new ArrayBuffer(8));
  const failure = shell32.SHGetKnownFolderPath(ptr(id), 0, null, ptr(out));
  const address = Number(new DataView(out.buffer).getBigUint64(0, true)) as Pointer;
  const path = failure === 0 && address !== 0 ? wideText(address) : null;
  // To be given back also where it failed.
  ole32.CoTaskMemFree(address === 0 ? null : address);
  return path;
}

/** UTF-16 up to its end. */
function wideText(address: Pointer): string {
  let text = "";
  for (let index = 0; index < MOST_CHARACTERS; index++) {
    const unit = new Uint16Array(toArrayBuffer(address, index * 2, 2).slice(0))[0] ?? 0;
    if (unit === 0) {
      break;
    }
    text += String.fromCharCode(unit);
  }
  return text;
}
