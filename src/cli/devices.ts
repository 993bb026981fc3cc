import { listCameras, listScreens, type VideoFormat, x11Display } from "../capture.ts";
import { findFfmpeg } from "../ffmpeg.ts";
import { harmless } from "../log.ts";
import { codecName } from "../media.ts";
import { whyNoDisplay } from "../window.ts";
import type { FfmpegValues, GeneralValues } from "./options.ts";
import { Printer } from "./printer.ts";
import { levelOf } from "./run.ts";

/** What a device offers: a camera's formats by ffmpeg's names, of a screen its pixels, which are in none. */
export interface DeviceFormat extends Omit<VideoFormat, "codec"> {
  readonly codec: string | null;
}

/** A device as `devices --json` lists it. */
export interface Device {
  readonly kind: "camera" | "screen";
  readonly id: string;
  readonly name: string;
  /** The word for `serve`. */
  readonly source: string;
  readonly formats: readonly DeviceFormat[];
}

const SOURCE_COLUMNS = 10;
/** What systems call a screen that has no name of its own: "screen", "Capture screen 0". */
const NAMELESS = /^(?:capture )?screen(?: \d+)?$/i;

/** Prints them, one line each, and the command that streams the first; --json: one array. */
export async function runDevices(values: GeneralValues & FfmpegValues): Promise<void> {
  const level = levelOf(values);
  const printer = new Printer(level);
  const devices = await listDevices(values.ffmpeg);
  if (values.json) {
    printer.json(devices);
    return;
  }
  for (const device of devices) {
    printer.answer(describeDevice(device));
  }
  const [first] = devices;
  if (first === undefined) {
    printer.info('no camera and no screen found; "lanvid serve test" streams a test pattern');
  } else if (level !== "quiet") {
    printer.answer(`\nlanvid serve ${first.source}`);
  }
}

/** The cameras and screens of this machine. */
async function listDevices(ffmpegPath: string | undefined): Promise<Device[]> {
  const { path: program } = findFfmpeg(ffmpegPath);
  const cameras = listCameras(program).map(
    ({ path, name, source, formats }): Device => ({ kind: "camera", id: path, name, source, formats }),
  );
  return [...cameras, ...(await grabbableScreens(program))];
}

async function grabbableScreens(program: string): Promise<Device[]> {
  const screens = isHidden() ? [] : listScreens(program);
  if (screens.length === 0 && (await hasUnlistedScreen())) {
    return [{ kind: "screen", id: "screen", name: "screen", source: "screen", formats: [] }];
  }
  return screens.map(({ id, name, source, size }) => ({
    kind: "screen",
    id,
    name,
    source,
    formats: size === null ? [] : [{ codec: null, ...size, fps: null }],
  }));
}

/** Xwayland lists screens whose pictures Wayland hides. */
function isHidden(): boolean {
  try {
    return process.platform === "linux" && x11Display(process.env) === "";
  } catch {
    return true;
  }
}

/** An X display that can be reached, but xrandr, which lists its screens, is not installed. */
async function hasUnlistedScreen(): Promise<boolean> {
  return process.platform === "linux" && !isHidden() && (await whyNoDisplay()) === null;
}

/** One line for a person: the word for `serve`, its name, and the best that it offers. */
export function describeDevice(device: Device): string {
  const { kind, name, source, formats } = device;
  const title = kind === "screen" ? screenTitle(device) : harmless(name);
  const best = kind === "screen" ? sizeOf(formats[0]) : bestOf(formats);
  return `${source.padEnd(SOURCE_COLUMNS)} ${title}${best === "" ? "" : `, ${best}`}`;
}

/** "Screen 1 (HDMI-1)": counted from 1 as people do. */
function screenTitle({ name, source }: Device): string {
  const index = /^screen:(\d+)$/.exec(source)?.[1];
  const title = index === undefined ? "The whole screen" : `Screen ${Number(index) + 1}`;
  return NAMELESS.test(name) || index === undefined ? title : `${title} (${harmless(name)})`;
}

/** The largest picture, at its highest rate, and what it comes in at that: "1920×1080 at 30 fps (H.264, JPEG)". */
function bestOf(formats: readonly DeviceFormat[]): string {
  const [best] = formats.toSorted((a, b) => b.width * b.height - a.width * a.height || (b.fps ?? 0) - (a.fps ?? 0));
  if (best === undefined) {
    return "";
  }
  const { width, height, fps } = best;
  const same = formats.filter((one) => one.width === width && one.height === height && one.fps === fps);
  const codecs = new Set(same.map(({ codec }) => encodedName(codec)));
  const rate = fps === null ? "" : ` at ${Number(fps.toFixed(2))} fps`;
  return `${sizeOf(best)}${rate} (${[...codecs].sort().join(", ")})`;
}

/** A camera's raw formats are many, and all the same to a person. */
function encodedName(codec: string | null): string {
  return codec === "h264" || codec === "mjpeg" || codec === "hevc" ? codecName(codec) : "pixels";
}

function sizeOf(format: DeviceFormat | undefined): string {
  return format === undefined ? "" : `${format.width}×${format.height}`;
}
