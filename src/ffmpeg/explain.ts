import { type Fault, forPeers, type PeerText } from "../errors.ts";
import type { FfmpegExit } from "./process.ts";

/** Why ffmpeg gave no picture. */
export interface Explanation extends Fault {
  /** For the person at this machine. */
  readonly hint: string | undefined;
}

/** What ffmpeg reads. */
export interface Named {
  /** What the person at this machine calls it. */
  readonly name: string;
  /** What peers hear of it: "the camera". */
  readonly noun: PeerText;
}

interface Known {
  readonly pattern: RegExp;
  readonly message: (source: string, match: RegExpExecArray) => string;
  readonly forPeers: (source: PeerText) => PeerText;
  readonly hint: string;
}

/** What ffmpeg's stderr is known to say, most telling first. Wording as of ffmpeg 4 to 7. */
const KNOWN: readonly Known[] = [
  {
    pattern: /Format not on whitelist/i,
    message: (source) => `${source} is a playlist, but its name does not say so`,
    forPeers: (source) => forPeers`the other side may not open ${source}`,
    hint: "rename it, if you trust the files that it lists, to end in .m3u8, .mpd, .ffconcat or .sdp",
  },
  {
    pattern: /Permission denied/i,
    message: (source) => `not allowed to open ${source}`,
    forPeers: (source) => forPeers`the other side may not open ${source}`,
    hint: 'give your user access (for a camera: "sudo usermod -aG video $USER", then log in again)',
  },
  {
    pattern: /Device or resource busy|device already in use by other application/i,
    message: (source) => `${source} is used by another program`,
    forPeers: (source) => forPeers`${source} is used by another program`,
    hint: "close the other program; only one can read a camera at a time",
  },
  {
    pattern: /Capture area \S+ at position \S+ outside the screen size (\S+)/i,
    message: (source, match) => `cannot grab ${source}: the area is larger than the screen's ${match[1]}`,
    forPeers: (source) => forPeers`${source} is smaller than the area asked for`,
    hint: "leave out --size, or choose another screen",
  },
  {
    pattern: /Cannot open display|Can't open X display|cannot open X11 display/i,
    message: (source) => `cannot grab ${source}: the X display does not answer`,
    forPeers: (source) => forPeers`${source} can't be grabbed`,
    hint: "check DISPLAY and XAUTHORITY",
  },
  {
    pattern: /Inappropriate ioctl for device|Not a video capture device/i,
    message: (source) => `${source} is not a camera`,
    forPeers: (source) => forPeers`${source} is not a camera`,
    hint: 'see the cameras with "lanvid devices"',
  },
  {
    pattern:
      /VIDIOC_(S_FMT|S_PARM|STREAMON)|Could not set video options|Selected (pixel format|video size|framerate).* not supported|Cannot find a proper format for codec/i,
    message: (source) => `${source} does not offer the size or rate asked for`,
    forPeers: (source) => forPeers`${source} does not offer the size or rate asked for`,
    hint: 'see what it offers with "lanvid devices" and choose with --size and --fps',
  },
  {
    pattern:
      /Connection refused|Connection timed out|Network is unreachable|Failed to resolve hostname|No route to host/i,
    message: (source) => `cannot reach ${source}`,
    forPeers: (source) => forPeers`${source} does not answer`,
    hint: "check the address; lanvid keeps trying",
  },
  {
    pattern:
      /No such (file or directory|device)|Could not find (video|audio)(?: only)? device|Video device not found|Input\/output error/i,
    message: (source) => `${source} is not there`,
    forPeers: (source) => forPeers`${source} is not there`,
    hint: "plug it in, or check its name; lanvid uses it again as soon as it is back",
  },
  {
    pattern: /401 Unauthorized|403 Forbidden|method DESCRIBE failed: 401/i,
    message: (source) => `${source} asks for a user name and password`,
    forPeers: (source) => forPeers`${source} asks for a password`,
    hint: "put them into the address: scheme://user:password@host/path",
  },
  {
    pattern: /404 Not Found/i,
    message: (source) => `${source} was not found on its server`,
    forPeers: (source) => forPeers`${source} was not found`,
    hint: "check the path",
  },
  {
    pattern: /Invalid data found when processing input|moov atom not found|could not find codec parameters/i,
    message: (source) => `${source} holds no video that ffmpeg can read`,
    forPeers: (source) => forPeers`${source} holds no video that can be read`,
    hint: "check that it is a video; a raw stream needs its format after --: -- -f h264",
  },
  {
    pattern: /Stream map .* matches no streams|does not contain any stream|Output file #0 does not contain/i,
    message: (source) => `${source} has no picture`,
    forPeers: (source) => forPeers`${source} has no picture`,
    hint: "choose a source with video",
  },
  {
    pattern:
      /Unrecognized option '?([^'\s]+)|Option (\S+) not found|Unknown (?:encoder|input format|decoder):? '?([^'\s]+)/i,
    message: (_source, match) => `this ffmpeg does not know "${match[1] ?? match[2] ?? match[3]}"`,
    forPeers: () => forPeers`ffmpeg does not know something that it was asked for`,
    hint: "check the arguments after --, or use ffmpeg 5.1 or newer with --ffmpeg PATH",
  },
];

/** Puts an ended ffmpeg's last words into ours. */
export function explain({ name, noun }: Named, exit: FfmpegExit): Explanation {
  for (const known of KNOWN) {
    for (const line of exit.stderr) {
      const match = known.pattern.exec(line);
      if (match) {
        return { message: known.message(name, match), forPeers: known.forPeers(noun), hint: known.hint };
      }
    }
  }
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  const lastWords = exit.stderr.at(-1);
  return {
    message: `ffmpeg ended with ${how}${lastWords === undefined ? "" : `: ${lastWords}`}`,
    forPeers: forPeers`${noun} can't be read: ffmpeg ended`,
    hint: lastWords === undefined ? undefined : "run with --verbose to see its command line and everything it said",
  };
}
