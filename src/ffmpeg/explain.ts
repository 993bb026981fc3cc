import type { FfmpegExit } from "./process.ts";

/** Why ffmpeg gave no picture, for a person. */
export interface Explanation {
  readonly message: string;
  readonly hint: string | undefined;
}

interface Known {
  readonly pattern: RegExp;
  readonly message: (source: string, match: RegExpExecArray) => string;
  readonly hint: string;
}

/** What ffmpeg's stderr is known to say, most telling first. Wording as of ffmpeg 4 to 7. */
const KNOWN: readonly Known[] = [
  {
    pattern: /Format not on whitelist/i,
    message: (source) => `${source} is a playlist, which its name does not say`,
    hint: "if you trust the files that it names, let its name end in .m3u8, .mpd, .ffconcat or .sdp",
  },
  {
    pattern: /Permission denied/i,
    message: (source) => `not allowed to open ${source}`,
    hint: 'give your user access (for a camera: "sudo usermod -aG video $USER", then log in again)',
  },
  {
    pattern: /Device or resource busy|device already in use by other application/i,
    message: (source) => `${source} is used by another program`,
    hint: "close the other program; only one can read a camera at a time",
  },
  {
    pattern: /Capture area \S+ at position \S+ outside the screen size (\S+)/i,
    message: (source, match) => `cannot grab ${source}: the area is outside of the screen's ${match[1]}`,
    hint: "leave out --size, or choose another screen",
  },
  {
    pattern: /Cannot open display|Can't open X display|cannot open X11 display/i,
    message: (source) => `cannot grab ${source}: the X display does not answer`,
    hint: "check DISPLAY and XAUTHORITY",
  },
  {
    pattern: /Inappropriate ioctl for device|Not a video capture device/i,
    message: (source) => `${source} is no camera`,
    hint: 'see the cameras with "lanvid devices"',
  },
  {
    pattern:
      /VIDIOC_(S_FMT|S_PARM|STREAMON)|Could not set video options|Selected (pixel format|video size|framerate).* not supported|Cannot find a proper format for codec/i,
    message: (source) => `${source} does not offer the size or rate asked for`,
    hint: 'see what it offers with "lanvid devices" and choose with --size and --fps',
  },
  {
    pattern:
      /Connection refused|Connection timed out|Network is unreachable|Failed to resolve hostname|No route to host/i,
    message: (source) => `cannot reach ${source}`,
    hint: "check the address; it is tried again",
  },
  {
    pattern:
      /No such (file or directory|device)|Could not find (video|audio)(?: only)? device|Video device not found|Input\/output error/i,
    message: (source) => `${source} is not there`,
    hint: "plug it in, or check its name; it is used again as soon as it is back",
  },
  {
    pattern: /401 Unauthorized|403 Forbidden|method DESCRIBE failed: 401/i,
    message: (source) => `${source} wants a user name and password`,
    hint: "write them into the address: scheme://user:password@host/path",
  },
  {
    pattern: /404 Not Found/i,
    message: (source) => `${source} is not found on its server`,
    hint: "check the path",
  },
  {
    pattern: /Invalid data found when processing input|moov atom not found|could not find codec parameters/i,
    message: (source) => `${source} holds no video that ffmpeg can read`,
    hint: "try it with ffprobe; for a raw stream, name its format after --: -- -f h264",
  },
  {
    pattern: /Stream map .* matches no streams|does not contain any stream|Output file #0 does not contain/i,
    message: (source) => `${source} has no picture`,
    hint: "choose a source with video",
  },
  {
    pattern:
      /Unrecognized option '?([^'\s]+)|Option (\S+) not found|Unknown (?:encoder|input format|decoder):? '?([^'\s]+)/i,
    message: (_source, match) => `this ffmpeg does not know "${match[1] ?? match[2] ?? match[3]}"`,
    hint: "check the arguments after --, or use ffmpeg 5.1 or newer with --ffmpeg PATH",
  },
];

/**
 * Puts an ended ffmpeg's last words into ours.
 * @param source what a person calls the source
 */
export function explain(source: string, exit: FfmpegExit): Explanation {
  const lines = exit.stderr.map(withoutPassword);
  for (const { pattern, message, hint } of KNOWN) {
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match) {
        return { message: message(source, match), hint };
      }
    }
  }
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  const lastWords = lines.at(-1);
  return {
    message: `ffmpeg ended with ${how}${lastWords === undefined ? "" : `: ${lastWords}`}`,
    hint: lastWords === undefined ? undefined : "run with --verbose to see its command line and all it said",
  };
}

/** An address as it may be shown to viewers: without what it says of a user. */
export function withoutPassword(text: string): string {
  return text.replace(/:\/\/[^/@\s]*@/g, "://");
}
