/** Bytes in 1 KiB and 1 MiB. */
export const KIB = 1024;
export const MIB = 1024 * 1024;

/** A picture's size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The widest and highest picture that lanvid handles, in pixels: the limit of a JPEG header. */
export const MAX_SIDE = 65_535;

/** Reads `WxH` ("1280x720"); undefined if it is not two whole numbers from 16 to 65535. */
export function parseSize(text: string): Size | undefined {
  const match = /^(\d{1,5})[x×](\d{1,5})$/i.exec(text);
  if (!match) {
    return undefined;
  }
  const size = { width: Number(match[1]), height: Number(match[2]) };
  const fits = (side: number) => side >= 16 && side <= MAX_SIDE;
  return fits(size.width) && fits(size.height) ? size : undefined;
}

/** Bits per second as people say them: "4.1 Mbit/s", "620 kbit/s". */
export function formatBitRate(bitsPerSecond: number): string {
  return bitsPerSecond >= 1e6
    ? `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`
    : `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

/** A file's size as people say it: "512 bytes", "72 kB", "3.4 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) {
    return counted(bytes, "byte");
  }
  if (bytes < 999_500) {
    return `${Math.round(bytes / 1e3)} kB`;
  }
  return bytes < 999_950_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A film's length as players show it: "0:12", "1:02:03". */
export function formatLength(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** Time that goes on, as people count it: "12 s", "3 min 5 s". */
export function formatElapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Local time of day, as in "16:17:12". */
export function timeOfDay(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** "1 frame", "2 frames". */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** Seconds as people say them: "850 ms", "2.5 s", "3 min". */
export function formatDuration(ms: number): string {
  if (ms < 1000) {
    return `${Math.round(ms)} ms`;
  }
  return ms < 120_000 ? `${Number((ms / 1000).toFixed(1))} s` : `${Math.round(ms / 60_000)} min`;
}

/** Rounds to `digits` decimals, for numbers that are printed. */
export function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}

/** The value below which `fraction` of the samples lie (nearest rank); null for none. Does not change `samples`. */
export function percentile(samples: readonly number[], fraction: number): number | null {
  if (samples.length === 0) {
    return null;
  }
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.max(0, Math.ceil(fraction * sorted.length) - 1);
  return sorted[rank] ?? null;
}
