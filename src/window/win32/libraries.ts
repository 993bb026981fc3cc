import { dlopen, FFIType, type Pointer, ptr } from "bun:ffi";

const { ptr: pointer, i32, u32, i64 } = FFIType;

function open() {
  const user32 = dlopen("user32.dll", {
    GetClientRect: { args: [pointer, pointer], returns: i32 },
    GetWindowRect: { args: [pointer, pointer], returns: i32 },
    IsWindow: { args: [pointer], returns: i32 },
    IsIconic: { args: [pointer], returns: i32 },
    GetDC: { args: [pointer], returns: pointer },
    ReleaseDC: { args: [pointer, pointer], returns: i32 },
    PostMessageW: { args: [pointer, u32, i64, i64], returns: i32 },
    SetWindowTextW: { args: [pointer, pointer], returns: i32 },
    SetWindowPos: { args: [pointer, pointer, i32, i32, i32, i32, u32], returns: i32 },
    GetWindowLongPtrW: { args: [pointer, i32], returns: i64 },
    SetWindowLongPtrW: { args: [pointer, i32, i64], returns: i64 },
    GetWindowPlacement: { args: [pointer, pointer], returns: i32 },
    SetWindowPlacement: { args: [pointer, pointer], returns: i32 },
    MonitorFromWindow: { args: [pointer, u32], returns: pointer },
    GetMonitorInfoW: { args: [pointer, pointer], returns: i32 },
    SystemParametersInfoW: { args: [u32, u32, pointer, u32], returns: i32 },
  }).symbols;
  const gdi32 = dlopen("gdi32.dll", {
    StretchDIBits: {
      args: [pointer, i32, i32, i32, i32, i32, i32, i32, i32, pointer, pointer, u32, u32],
      returns: i32,
    },
    SetStretchBltMode: { args: [pointer, i32], returns: i32 },
    PatBlt: { args: [pointer, i32, i32, i32, i32, u32], returns: i32 },
    BitBlt: { args: [pointer, i32, i32, i32, i32, pointer, i32, i32, u32], returns: i32 },
    CreateCompatibleDC: { args: [pointer], returns: pointer },
    CreateCompatibleBitmap: { args: [pointer, i32, i32], returns: pointer },
    CreateDIBSection: { args: [pointer, pointer, u32, pointer, pointer, u32], returns: pointer },
    SelectObject: { args: [pointer, pointer], returns: pointer },
    DeleteObject: { args: [pointer], returns: i32 },
    DeleteDC: { args: [pointer], returns: i32 },
    GdiFlush: { args: [], returns: i32 },
  }).symbols;
  const msimg32 = dlopen("msimg32.dll", {
    AlphaBlend: { args: [pointer, i32, i32, i32, i32, pointer, i32, i32, i32, i32, u32], returns: i32 },
  }).symbols;
  return { ...user32, ...gdi32, ...msimg32 };
}

type Opened = ReturnType<typeof open>;
/** Handles are pointers, which fit into a number. */
export type Libraries = {
  readonly [Name in keyof Opened]: (
    ...args: Parameters<Opened[Name]>
  ) => null extends ReturnType<Opened[Name]> ? Pointer | null : ReturnType<Opened[Name]>;
};

/** What of Windows is called by the thread that draws. Opened when the first window is. */
export function openLibraries(): Libraries {
  return open() as unknown as Libraries;
}

/** A structure of Windows', and where it is; it must be held as long as Windows may use it. */
export interface Struct {
  readonly view: DataView;
  readonly address: Pointer;
  readonly bytes: Uint8Array;
}

/** The address of a small array goes stale unless its buffer is made first. */
export function struct(byteCount: number): Struct {
  const bytes = new Uint8Array(new ArrayBuffer(byteCount));
  return { bytes, view: new DataView(bytes.buffer), address: ptr(bytes) };
}

/** Text in UTF-16 with its end. */
export function wide(text: string): Struct {
  const result = struct((text.length + 1) * 2);
  for (let index = 0; index < text.length; index++) {
    result.view.setUint16(index * 2, text.charCodeAt(index), true);
  }
  return result;
}

/** BITMAPINFOHEADER of 32 bits per pixel, blue first, from the top. */
export function bitmapHeader(width: number, height: number): Struct {
  const header = struct(40);
  header.view.setUint32(0, 40, true);
  header.view.setInt32(4, width, true);
  header.view.setInt32(8, -height, true);
  header.view.setUint16(12, 1, true);
  header.view.setUint16(14, 32, true);
  return header;
}

/** A RECT: left, top, right, bottom. */
export function readRectangle({ view }: Struct, offset = 0): readonly [number, number, number, number] {
  const at = (index: number) => view.getInt32(offset + index * 4, true);
  return [at(0), at(1), at(2), at(3)];
}
