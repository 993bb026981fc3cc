import { clearCache } from "../bundle.ts";
import type { Address } from "../net.ts";
import { conclude } from "./conclusion.ts";
import { checkCameras, checkScreens, checkView } from "./devices.ts";
import { checkDrawing } from "./drawing.ts";
import { checkEncoders } from "./encoders.ts";
import { type Checked, type Finding, type Group, inGroup, ok } from "./finding.ts";
import { checkAddresses, checkFirewall, checkHttpPort, checkStreamPort, type Ports } from "./network.ts";
import { examineOtherSide } from "./other-side.ts";
import { checkCache, checkFfmpeg, checkProgram } from "./software.ts";

export { CONCLUSION, type Finding, type Group } from "./finding.ts";

export interface DoctorOptions {
  /** --ffmpeg or LANVID_FFMPEG. */
  readonly ffmpegPath: string | undefined;
  readonly ports: Ports;
  /** Another machine, to which the way is checked first. */
  readonly address: Address | null;
  /** Told what is being tested while that may take seconds. */
  readonly onProgress: (text: string) => void;
}

/**
 * Looks at what lanvid needs, one finding after the other as they come, group by group; the last one, of each machine, is
 * the conclusion. Nothing is changed, but what is inside the program is unpacked; no camera is opened.
 */
export async function* doctor(options: DoctorOptions): AsyncGenerator<Finding> {
  const { address, onProgress } = options;
  const other = address === null ? null : yield* examineOtherSide(address, onProgress);
  yield* examineMachine(options);
  if (other !== null) {
    yield other;
  }
}

async function* examineMachine({ ffmpegPath, ports, onProgress }: DoctorOptions): AsyncGenerator<Finding> {
  const findings: Finding[] = [];
  const found = (group: Group, checked: Checked): Finding => {
    const finding = inGroup(group, checked);
    findings.push(finding);
    return finding;
  };
  yield found("machine", checkProgram());
  yield found("machine", checkCache());

  const [ffmpegFound, ffmpeg] = checkFfmpeg(ffmpegPath);
  yield found("send", ffmpegFound);
  const encoders = ffmpeg === null ? null : await checkEncoders(ffmpeg.path, { onProgress });
  if (encoders !== null) {
    yield found("send", encoders);
  }
  const [cameras, hasCamera] = checkCameras(ffmpeg?.path ?? null);
  yield found("send", cameras);
  yield found("send", await checkScreens(ffmpeg?.path ?? null));

  yield found("watch", await checkView({ hasFfmpeg: ffmpeg !== null }));
  yield found("watch", await checkDrawing());

  yield found("network", await checkStreamPort(ports));
  yield found("network", await checkHttpPort(ports));
  yield found("network", checkAddresses());
  yield found("network", checkFirewall(ports));

  const hasH264 = encoders?.encoders?.some(({ works }) => works) ?? false;
  yield conclude(findings, { hasCamera, hasH264 });
}

/** Deletes what was unpacked from inside the program. */
export function clearedCache(): Finding {
  const folders = clearCache();
  const detail = folders.length === 0 ? "nothing to delete" : `deleted ${folders.join(", ")}`;
  return inGroup("machine", ok("cache", detail));
}
