/**
 * The thread that owns the window, and waits for what happens to it. It is not the one that draws: while a person drags the
 * title bar, Windows lets the owner's thread do nothing else.
 */

import { dlopen, FFIType, type Pointer, ptr } from "bun:ffi";

declare const self: Worker;

/** What this thread is told, once. */
interface Opening {
  readonly title: string;
  readonly width: number;
  readonly height: number;
}

const WM_PAINT = 0x0f;
const WM_KEYDOWN = 0x100;
const WM_CHAR = 0x102;
const WM_TIMER = 0x113;
const WM_NCMOUSEMOVE = 0xa0;
const WM_MOUSEMOVE = 0x200;
const WM_LBUTTONDBLCLK = 0x203;
const CS_DBLCLKS = 0x8;
/** A pointer that rests over the picture for so long is hidden, ms; the timer has this number. */
const IDLE_MS = 3000;
const IDLE_TIMER = 1;
const WS_OVERLAPPEDWINDOW = 0xcf_0000;
const WS_VISIBLE = 0x1000_0000;
const CW_USEDEFAULT = -0x8000_0000;
const IDC_ARROW = 32_512;
const OWN_ICON = 1;
const BLACK_BRUSH = 4;
const SPI_GETWORKAREA = 0x30;
/** Bit 30 of a key's lParam: it was down before. */
const IS_REPEAT = 0x4000_0000;
const PER_MONITOR_AWARE_V2 = -4;
const SCREEN_PART = 0.9;

const { ptr: pointer, i32, u32, i64, u16 } = FFIType;

const { symbols: user32 } = dlopen("user32.dll", {
  RegisterClassExW: { args: [pointer], returns: u16 },
  CreateWindowExW: {
    args: [u32, pointer, pointer, u32, i32, i32, i32, i32, pointer, pointer, pointer, pointer],
    returns: pointer,
  },
  GetMessageW: { args: [pointer, pointer, u32, u32], returns: i32 },
  TranslateMessage: { args: [pointer], returns: i32 },
  DispatchMessageW: { args: [pointer], returns: i64 },
  IsWindow: { args: [pointer], returns: i32 },
  LoadCursorW: { args: [pointer, pointer], returns: pointer },
  LoadIconW: { args: [pointer, pointer], returns: pointer },
  AdjustWindowRectEx: { args: [pointer, u32, i32, u32], returns: i32 },
  SystemParametersInfoW: { args: [u32, u32, pointer, u32], returns: i32 },
  SetForegroundWindow: { args: [pointer], returns: i32 },
  SetTimer: { args: [pointer, i64, u32, pointer], returns: i64 },
  KillTimer: { args: [pointer, i64], returns: i32 },
  SetCursor: { args: [pointer], returns: pointer },
  GetCursorPos: { args: [pointer], returns: i32 },
  WindowFromPoint: { args: [i64], returns: pointer },
});
const { symbols: kernel32 } = dlopen("kernel32.dll", {
  GetModuleHandleW: { args: [pointer], returns: pointer },
  GetProcAddress: { args: [pointer, pointer], returns: pointer },
});
const { symbols: gdi32 } = dlopen("gdi32.dll", { GetStockObject: { args: [i32], returns: pointer } });

/** Text as Windows wants it. Must be held as long as Windows may read it. */
function wide(text: string): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer((text.length + 1) * 2));
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index++) {
    view.setUint16(index * 2, text.charCodeAt(index), true);
  }
  return bytes;
}

/** A structure, and where it is; as long as it is held. */
function struct(byteCount: number): { readonly view: DataView; readonly address: Pointer; readonly bytes: Uint8Array } {
  const bytes = new Uint8Array(new ArrayBuffer(byteCount));
  return { bytes, view: new DataView(bytes.buffer), address: ptr(bytes) };
}

/** Handles are pointers, which fit into a number. */
function handle(value: Pointer | bigint | null): Pointer | null {
  return value as Pointer | null;
}

/** Sizes are in real pixels on screens of every density. Windows older than of 2017 scale for us. */
function becomeDpiAware(): void {
  try {
    const { symbols } = dlopen("user32.dll", { SetProcessDpiAwarenessContext: { args: [i64], returns: i32 } });
    symbols.SetProcessDpiAwarenessContext(BigInt(PER_MONITOR_AWARE_V2));
  } catch {
    // Not there.
  }
}

function open({ title, width, height }: Opening): Pointer | null {
  becomeDpiAware();
  const module = handle(kernel32.GetModuleHandleW(null));
  const name = wide("lanvid");
  const caption = wide(title);
  const library = wide("user32.dll");
  const handler = new TextEncoder().encode("DefWindowProcW\0");
  const windowClass = struct(80);
  const { view } = windowClass;
  const address = (value: Pointer | bigint | null) => BigInt(value ?? 0);
  view.setUint32(0, 80, true);
  view.setUint32(4, CS_DBLCLKS, true);
  view.setBigUint64(
    8,
    address(kernel32.GetProcAddress(handle(kernel32.GetModuleHandleW(ptr(library))), ptr(handler))),
    true,
  );
  view.setBigUint64(24, address(module), true);
  view.setBigUint64(32, address(user32.LoadIconW(module, OWN_ICON as Pointer)), true);
  view.setBigUint64(40, address(user32.LoadCursorW(null, IDC_ARROW as Pointer)), true);
  view.setBigUint64(48, address(gdi32.GetStockObject(BLACK_BRUSH)), true);
  view.setBigUint64(64, BigInt(ptr(name)), true);
  if (user32.RegisterClassExW(windowClass.address) === 0) {
    return null;
  }
  const outer = outerSize(width, height);
  const hwnd = handle(
    user32.CreateWindowExW(
      0,
      ptr(name),
      ptr(caption),
      WS_OVERLAPPEDWINDOW | WS_VISIBLE,
      CW_USEDEFAULT,
      CW_USEDEFAULT,
      outer.width,
      outer.height,
      null,
      null,
      module,
      null,
    ),
  );
  if (hwnd !== null) {
    user32.SetForegroundWindow(hwnd);
  }
  // Until here Windows has read them.
  return [name, caption, library, handler, windowClass.bytes].length > 0 ? hwnd : null;
}

/** With its frame, for a picture of this size that fits on the screen. */
function outerSize(width: number, height: number): { readonly width: number; readonly height: number } {
  const work = struct(16);
  user32.SystemParametersInfoW(SPI_GETWORKAREA, 0, work.address, 0);
  const [left, top, right, bottom] = [0, 4, 8, 12].map((at) => work.view.getInt32(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  const scale = Math.min(1, ((right - left) * SCREEN_PART) / width, ((bottom - top) * SCREEN_PART) / height);
  const rectangle = struct(16);
  rectangle.view.setInt32(8, Math.round(width * scale), true);
  rectangle.view.setInt32(12, Math.round(height * scale), true);
  user32.AdjustWindowRectEx(rectangle.address, WS_OVERLAPPEDWINDOW, 0, 0);
  const at = (offset: number) => rectangle.view.getInt32(offset, true);
  return { width: at(8) - at(0), height: at(12) - at(4) };
}

/** Says what happens, until the window is gone. */
function run(hwnd: Pointer): void {
  const message = struct(48);
  while (user32.IsWindow(hwnd) !== 0 && user32.GetMessageW(message.address, null, 0, 0) > 0) {
    const kind = message.view.getUint32(8, true);
    if (kind === WM_KEYDOWN && (message.view.getUint32(24, true) & IS_REPEAT) === 0) {
      self.postMessage({ kind: "key", code: message.view.getUint32(16, true) });
    }
    if (kind === WM_CHAR) {
      self.postMessage({ kind: "character", code: message.view.getUint32(16, true) });
    } else if (kind === WM_LBUTTONDBLCLK) {
      self.postMessage({ kind: "double-click" });
    }
    watchPointer(hwnd, kind);
    // Makes characters of keys.
    user32.TranslateMessage(message.address);
    user32.DispatchMessageW(message.address);
    if (kind === WM_PAINT) {
      self.postMessage({ kind: "paint" });
    }
  }
}

/** Hides a pointer that rests. When it moves again, Windows itself shows it. */
function watchPointer(hwnd: Pointer, kind: number): void {
  if (kind === WM_MOUSEMOVE) {
    user32.SetTimer(hwnd, BigInt(IDLE_TIMER), IDLE_MS, null);
  } else if (kind === WM_NCMOUSEMOVE) {
    user32.KillTimer(hwnd, BigInt(IDLE_TIMER));
  } else if (kind === WM_TIMER) {
    user32.KillTimer(hwnd, BigInt(IDLE_TIMER));
    const point = struct(8);
    user32.GetCursorPos(point.address);
    if (user32.WindowFromPoint(point.view.getBigInt64(0, true)) === hwnd) {
      user32.SetCursor(null);
    }
  }
}

self.onmessage = ({ data }: MessageEvent<Opening>) => {
  const hwnd = open(data);
  self.postMessage({ kind: "open", hwnd });
  if (hwnd !== null) {
    run(hwnd);
    self.postMessage({ kind: "closed" });
  }
};
