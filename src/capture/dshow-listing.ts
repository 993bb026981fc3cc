import { parseSize } from "../units.ts";
import type { VideoFormat } from "./cameras.ts";

/** A DirectShow device that gives pictures. */
export interface DshowCamera {
  /** As Windows shows it; several may have the same. */
  readonly name: string;
  /** "@device_pnp_\\?\usb#vid_…": each device has its own, and it holds no colon; null where ffmpeg gives none. */
  readonly alternativeName: string | null;
}

/** What precedes each line: "[dshow @ 0000021c]", since ffmpeg 7 "[in#0 @ 0000021c]". */
const PREFIX = String.raw`^\[[^\]@]+ @ \w+\]\s+`;
const SECTION = new RegExp(`${PREFIX}DirectShow (video|audio) devices`);
const ALTERNATIVE = new RegExp(`${PREFIX}Alternative name "(.*)"$`);
/** A name may hold quotes, brackets and "(video)" itself: the last quote of the line ends it. */
const DEVICE = new RegExp(`${PREFIX}"(.*)"(?: \\(([a-z, ]+)\\))?$`);
/** In the alternative name of a sound device: CLSID_AudioInputDeviceCategory. */
const SOUND = /33D9A762-90C8-11D0-BD43-00A0C911CE86/i;

interface Entry {
  readonly name: string;
  /** What is said to come from it, or the section that it stands in. */
  readonly media: string;
  alternativeName: string | null;
}

/**
 * Reads what `ffmpeg -f dshow -list_devices true -i dummy` says, in the order of the list. Until ffmpeg 4.4:
 * ```
 * [dshow @ 0000021c] DirectShow video devices (some may be both video and audio devices)
 * [dshow @ 0000021c]  "HD Webcam"
 * [dshow @ 0000021c]     Alternative name "@device_pnp_\\?\usb#vid_046d&pid_0825#{65e8773d-…}\global"
 * [dshow @ 0000021c] DirectShow audio devices
 * ```
 * and since then:
 * ```
 * [dshow @ 0000021c] "HD Webcam" (video)
 * [dshow @ 0000021c]   Alternative name "@device_pnp_\\?\usb#vid_046d&pid_0825#{65e8773d-…}\global"
 * [dshow @ 0000021c] "Microphone" (audio)
 * ```
 * A virtual camera that is switched off is "(none)": it comes last.
 */
export function parseDshowCameras(text: string): DshowCamera[] {
  const entries = readEntries(text);
  const withPictures = entries.filter(({ media }) => media.includes("video"));
  const silent = entries.filter(
    ({ media, alternativeName }) => media === "none" && alternativeName !== null && !SOUND.test(alternativeName),
  );
  const seen = new Set<string>();
  return [...withPictures, ...silent]
    .map(({ name, alternativeName }) => ({ name, alternativeName }))
    .filter(({ alternativeName }) => {
      // A device that gives both pictures and sound stands among the sound devices again.
      const isAgain = alternativeName !== null && seen.has(alternativeName);
      seen.add(alternativeName ?? "");
      return !isAgain;
    });
}

function readEntries(text: string): Entry[] {
  const entries: Entry[] = [];
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    const alternative = ALTERNATIVE.exec(line);
    const device = DEVICE.exec(line);
    const last = entries.at(-1);
    if (alternative !== null && last !== undefined) {
      last.alternativeName = alternative[1] as string;
    } else if (device !== null) {
      entries.push({ name: device[1] as string, media: device[2] ?? section, alternativeName: null });
    } else {
      section = SECTION.exec(line)?.[1] ?? section;
    }
  }
  return entries;
}

/**
 * Reads what `ffmpeg -f dshow -list_options true -i video=…` says; each codec and size once, with its highest rate:
 * ```
 * [dshow @ 0000021c]   vcodec=mjpeg  min s=1280x720 fps=5 max s=1280x720 fps=30
 * [dshow @ 0000021c]   pixel_format=yuyv422  min s=640x480 fps=5 max s=640x480 fps=30
 * ```
 */
export function parseDshowFormats(text: string): VideoFormat[] {
  const lines = text.matchAll(
    /\]\s+(?:vcodec|pixel_format)=(\S+)\s+min s=\d+x\d+ fps=[\d.]+ max s=(\d+x\d+) fps=([\d.]+)/g,
  );
  const formats = new Map<string, VideoFormat>();
  for (const [, codec, sides, rate] of lines) {
    const size = parseSize(sides as string);
    const fps = Number(rate);
    // A broken driver offers sizes and rates that there can't be.
    if (size !== undefined && Number.isFinite(fps)) {
      const key = `${codec} ${sides}`;
      const known = formats.get(key)?.fps ?? 0;
      formats.set(key, { codec: codec as string, ...size, fps: Math.max(known, fps) });
    }
  }
  return [...formats.values()];
}
