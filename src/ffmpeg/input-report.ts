/** A stream with pictures, as ffmpeg tells of it before it decodes anything. Null is what it does not know. */
export interface VideoStream {
  /** For `-map 0:INDEX`. */
  readonly index: number;
  /** By ffmpeg's name: "h264". */
  readonly codec: string;
  /** "yuv420p10le". */
  readonly pixelFormat: string | null;
  readonly range: "tv" | "pc" | null;
  /** By ffmpeg's names: "bt709", "bt2020nc", "smpte2084". */
  readonly matrix: string | null;
  readonly primaries: string | null;
  readonly transfer: string | null;
  readonly fieldOrder: "progressive" | "top first" | "bottom first" | null;
  /** Of the coded picture, before it is turned, in pixels. */
  readonly width: number | null;
  readonly height: number | null;
  /** A pixel's width to its height. */
  readonly pixelAspect: readonly [number, number] | null;
  /** Pictures per second, on average. */
  readonly fps: number | null;
  /** The lowest rate that has a place for each picture: more than `fps` where the rate varies. */
  readonly baseRate: number | null;
  /** What the file says that the picture is to be turned by, in degrees clockwise, from -180 to 180. */
  readonly rotation: number;
  /** The cover of an album: one picture, not a film. */
  readonly isCover: boolean;
}

/** What ffmpeg has found out of its input. */
export interface InputReport {
  /** Its names for the format: "mov", "mp4" …; of a device "x11grab". */
  readonly formats: readonly string[];
  /** Seconds; null where there is no end, or none that is known. */
  readonly duration: number | null;
  readonly video: readonly VideoStream[];
}

const INPUT = /^Input #0, (\S+), from /;
const DURATION = /^ {2}Duration: (?:(\d+):(\d\d):(\d\d(?:\.\d+)?)|N\/A)/;
const STREAM = /^ {2,6}Stream #0:(\d+)(?:\[\w+\])?(?:\(\w+\))?: (\w+): (.*)$/;
/** "rotation of -90.00 degrees": counter-clockwise, as a displaymatrix has it. */
const ROTATION = /^ +displaymatrix: rotation of (-?\d+(?:\.\d+)?) degrees/;
const END = /^(?:Output #0|Stream mapping:|Stream map |At least one output file)/;
/** Codecs of covers, which ffmpeg before 4.4 does not call by that name: they have no rate. */
const COVER_CODECS: ReadonlySet<string> = new Set(["mjpeg", "png", "bmp", "webp", "gif"]);
/** More are not looked at: a broken file may have any number. */
const MAX_STREAMS = 100;

/**
 * Reads what ffmpeg says of its input with `-loglevel info`, line by line (libavformat/dump.c, of 4.1 to 8.0):
 * ```
 * Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'film.mp4':
 *   Duration: 00:00:20.00, start: 0.000000, bitrate: 551 kb/s
 *   Stream #0:0[0x1](und): Video: h264 (Main) (avc1 / 0x31637661), yuv420p(tv, bt709, progressive), 320x180
 *       [SAR 1:1 DAR 16:9], 545 kb/s, 25 fps, 25 tbr, 90k tbn (default)                        (one line)
 * ```
 */
export class InputReader {
  #formats: readonly string[] | null = null;
  #duration: number | null = null;
  readonly #video: VideoStream[] = [];
  #isVideo = false;
  #isOver = false;

  /** @returns the report, once, with the line that ends it */
  take(line: string): InputReport | null {
    if (this.#isOver) {
      return null;
    }
    const input = INPUT.exec(line);
    if (input) {
      this.#formats = (input[1] as string).split(",");
    } else if (this.#formats !== null) {
      return this.#takeDetail(this.#formats, line);
    }
    return null;
  }

  #takeDetail(formats: readonly string[], line: string): InputReport | null {
    const duration = DURATION.exec(line);
    const stream = STREAM.exec(line);
    const rotation = ROTATION.exec(line);
    const last = this.#video.at(-1);
    if (duration) {
      const [, hours, minutes, seconds] = duration;
      this.#duration =
        hours === undefined ? null : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) || null;
    } else if (stream) {
      this.#isVideo = stream[2] === "Video" && this.#video.length < MAX_STREAMS;
      if (this.#isVideo) {
        this.#video.push(parseVideo(Number(stream[1]), stream[3] as string));
      }
    } else if (rotation && last && this.#isVideo) {
      this.#video[this.#video.length - 1] = { ...last, rotation: -Math.round(Number(rotation[1])) + 0 };
    } else if (END.test(line)) {
      this.#isOver = true;
      return { formats, duration: this.#duration, video: this.#video };
    }
    return null;
  }
}

/** The stream that is the film: the first one that is no cover. */
export function filmOf({ video }: InputReport): VideoStream | null {
  return video.find(({ isCover }) => !isCover) ?? null;
}

function parseVideo(index: number, text: string): VideoStream {
  const codec = /^\w+/.exec(text)?.[0] ?? "";
  const [, pixelFormat = null, details = ""] = /, ([a-z]\w*)(?:\(([^)]*)\))?, \d+x\d+/.exec(text) ?? [];
  const [, width, height] = /, (\d+)x(\d+)/.exec(text) ?? [];
  const [, horizontal, vertical] = /\bSAR (\d+):(\d+)/.exec(text) ?? [];
  const fps = parseRate(text, "fps");
  const words = details.split(", ");
  return {
    index,
    codec,
    pixelFormat: pixelFormat === "none" ? null : pixelFormat,
    range: words.find((word) => word === "tv" || word === "pc") ?? null,
    ...parseColours(words),
    fieldOrder: parseFieldOrder(words),
    width: width === undefined ? null : Number(width),
    height: height === undefined ? null : Number(height),
    pixelAspect: Number(horizontal) > 0 && Number(vertical) > 0 ? [Number(horizontal), Number(vertical)] : null,
    fps,
    baseRate: parseRate(text, "tbr"),
    rotation: 0,
    isCover: text.includes("(attached pic)") || (fps === null && COVER_CODECS.has(codec) && text.includes(" tbc")),
  };
}

/** "bt2020nc/bt2020/smpte2084", or one word where all three are the same. */
function parseColours(words: readonly string[]): Pick<VideoStream, "matrix" | "primaries" | "transfer"> {
  const colours = words.find(
    (word) => /^[a-z0-9-]+(?:\/[a-z0-9-]+){2}$/.test(word) || /^(bt|smpte|gbr|fcc)/.test(word),
  );
  const [matrix, primaries = matrix, transfer = matrix] = colours?.split("/") ?? [];
  const known = (name: string | undefined) => (name === undefined || name === "unknown" ? null : name);
  return { matrix: known(matrix), primaries: known(primaries), transfer: known(transfer) };
}

/** "top first"; before 4.2 also "top coded first (swapped)": what counts is which field is shown first. */
function parseFieldOrder(words: readonly string[]): VideoStream["fieldOrder"] {
  for (const word of words) {
    switch (word) {
      case "progressive":
        return "progressive";
      case "top first":
      case "bottom coded first (swapped":
        return "top first";
      case "bottom first":
      case "top coded first (swapped":
        return "bottom first";
      default:
        break;
    }
  }
  return null;
}

/** "29.97 fps", "1k tbr". */
function parseRate(text: string, unit: "fps" | "tbr"): number | null {
  const [, number, kilo] = new RegExp(`, (\\d+(?:\\.\\d+)?)(k?) ${unit}\\b`).exec(text) ?? [];
  return number === undefined ? null : Number(number) * (kilo === "k" ? 1000 : 1);
}
