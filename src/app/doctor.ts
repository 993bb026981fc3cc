import { clearCache } from "../bundle.ts";
import type { Address } from "../net.ts";
import { checkCameras, checkScreens, checkView } from "./doctor/devices.ts";
import { checkDrawing } from "./doctor/drawing.ts";
import { type Finding, ok } from "./doctor/finding.ts";
import { checkAddresses, checkFirewall, checkHttpPort, checkStreamPort, type Ports } from "./doctor/network.ts";
import { examinePeer } from "./doctor/peer.ts";
import { checkCache, checkEncoders, checkFfmpeg, checkProgram } from "./doctor/software.ts";

export type { Finding } from "./doctor/finding.ts";

export interface DoctorOptions {
  /** --ffmpeg or LANVID_FFMPEG. */
  readonly ffmpegPath: string | undefined;
  readonly ports: Ports;
  /** Another machine, to which the way is checked too. */
  readonly address: Address | null;
}

/**
 * Looks at what lanvid needs, one finding after the other as they come. Nothing is changed, but what is inside the
 * program is unpacked; no camera is opened.
 */
export async function* doctor({ ffmpegPath, ports, address }: DoctorOptions): AsyncGenerator<Finding> {
  yield checkProgram();
  const [finding, ffmpeg] = checkFfmpeg(ffmpegPath);
  yield finding;
  if (ffmpeg !== null) {
    yield checkEncoders(ffmpeg.path);
  }
  yield checkCache();
  yield checkCameras(ffmpeg?.path ?? null);
  yield checkScreens(ffmpeg?.path ?? null);
  yield checkView();
  yield await checkDrawing();
  yield await checkStreamPort(ports);
  yield await checkHttpPort(ports);
  yield checkAddresses();
  yield checkFirewall(ports);
  if (address !== null) {
    yield* examinePeer(address);
  }
}

/** Deletes what was unpacked from inside the program. */
export function clearedCache(): Finding {
  const folders = clearCache();
  return ok("cache", folders.length === 0 ? "there was nothing to delete" : `deleted ${folders.join(", ")}`);
}
