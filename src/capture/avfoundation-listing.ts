/** A device in AVFoundation's list of those that give pictures. */
export interface AvfoundationDevice {
  /** Its number in the list, cameras and screens together. */
  readonly index: number;
  readonly name: string;
}

const PREFIX = String.raw`^\[[^\]@]+ @ \w+\] `;
const SECTION = new RegExp(`${PREFIX}AVFoundation (video|audio) devices:`);
const DEVICE = new RegExp(`${PREFIX}\\[(\\d+)\\] (.+)$`);
/** What ffmpeg itself calls the screens. */
const SCREEN = /^Capture screen \d+$/;

/**
 * Reads what `ffmpeg -f avfoundation -list_devices true -i ""` says:
 * ```
 * [AVFoundation indev @ 0x7f8] AVFoundation video devices:
 * [AVFoundation indev @ 0x7f8] [0] FaceTime HD Camera
 * [AVFoundation indev @ 0x7f8] [1] Capture screen 0
 * [AVFoundation indev @ 0x7f8] AVFoundation audio devices:
 * [AVFoundation indev @ 0x7f8] [0] MacBook Pro Microphone
 * ```
 */
export function parseAvfoundation(text: string): {
  readonly cameras: readonly AvfoundationDevice[];
  readonly screens: readonly AvfoundationDevice[];
} {
  const devices: AvfoundationDevice[] = [];
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    const device = DEVICE.exec(line);
    if (device !== null && section === "video") {
      devices.push({ index: Number(device[1]), name: device[2] as string });
    } else {
      section = SECTION.exec(line)?.[1] ?? section;
    }
  }
  const isScreen = ({ name }: AvfoundationDevice) => SCREEN.test(name);
  return { cameras: devices.filter((device) => !isScreen(device)), screens: devices.filter(isScreen) };
}

/**
 * What ffmpeg opens for a camera: its name, which stays when another camera is plugged in, or its number where the name
 * would open something else. ffmpeg takes the first device whose name begins with what it is given, reads a number at
 * its beginning as the device's, ends it at a colon, and has its own idea of "default" and "none".
 */
export function avfoundationDevice(
  cameras: readonly AvfoundationDevice[],
  { index, name }: AvfoundationDevice,
): string {
  const isFirst = cameras.find((camera) => camera.name.startsWith(name))?.index === index;
  const isPlain = !/^\s*[+-]?\d|^default|^none|:/.test(name);
  return isFirst && isPlain ? name : String(index);
}
