import { colourTags, JPEG_COLOURS, type VideoStream } from "../ffmpeg.ts";
import { type Matrix, usualMatrix } from "../media.ts";
import type { Size } from "../units.ts";

/**
 * Pictures are made canonical where they come in, so that no variant of the stream need know more of them than their size:
 * square pixels, upright, progressive, standard dynamic range, of one size as long as this ffmpeg runs.
 */
export interface Canonical {
  /** Filters that make frames of fields. */
  readonly fields: readonly string[];
  /** Filters that make pixels square, and give pictures their size. */
  readonly shape: readonly string[];
  /** Filters that make colours those that `tags` name, or JPEG's. */
  readonly colours: readonly string[];
  /** For H.264, whose viewers would guess by the size: ffmpeg's output options. */
  readonly tags: readonly string[];
  /** What it can't make right, in words for a person; null when nothing. */
  readonly fault: string | null;
}

/** Pixels that are nearly square are taken for square: films of 853x480 say 1280:1279. */
const NEARLY_SQUARE = 0.01;
/** Nobody makes pixels that are flatter; a file that says so would make pictures of any size. */
const FLATTEST = 4;
/** The longest side that H.264's encoder takes, and a JPEG's is not much longer. */
const MAX_SIDE = 16_384;
const HDR_TRANSFERS: ReadonlySet<string> = new Set(["smpte2084", "arib-std-b67"]);
const BT601_NAMES: ReadonlySet<string> = new Set(["smpte170m", "bt470bg"]);
const RGB = /^(?:rgb|bgr|gbr|[argb]{4}|[rgbx0]{4}|pal8|x2rgb|x2bgr)/;
const NO_TONE_MAP = "its pictures are HDR, which this ffmpeg can't convert without zscale: they look pale";
const TO_BT709 = "scale=out_color_matrix=bt709:out_range=tv";
/** BT.2020's primaries, too. */
const WIDE_TO_BT709 = "zscale=min=2020_ncl:pin=2020:tin=709:m=709:p=709:t=709:r=tv";
/** Diffuse white of HDR is 203 cd/m² (ITU-R BT.2408); with this peak for "1.0", the curve makes 190 of 255 of it. */
const TONE_MAP = [
  "zscale=t=linear:npl=100",
  "format=gbrpf32le",
  "zscale=p=bt709",
  "tonemap=tonemap=hable:desat=0",
  "zscale=t=bt709:m=bt709:r=tv",
  "format=yuv420p",
] as const;

export interface CanonicalOptions {
  /** What is known of the source; null when nothing. */
  readonly seen: VideoStream | null;
  readonly output: "h264" | "mjpeg";
  /** It may wait for the next frame: a file. */
  readonly mayWait: boolean;
  /** All pictures get this size, with borders where they have another shape; null for the size of the first. */
  readonly canvas: Size | null;
  /** The names of ffmpeg's filters. */
  readonly hasFilter: (name: string) => boolean;
}

/** Of what is canonical already, but does not say its colours. */
export const NOTHING: Canonical = { fields: [], shape: [], colours: [], tags: [], fault: null };

/** Says that pixels are square: what ffmpeg squeezes afterwards into the first picture's size says something else. */
export const SQUARE_NOW = "setsar=1";

/** Of a device, whose pixels are square: nothing but its colours' name. */
export const BT601: Canonical = { ...NOTHING, tags: colourTags("smpte170m") };

export function canonical(options: CanonicalOptions): Canonical {
  const { canvas } = options;
  return {
    fields: deinterlace(options),
    shape: [...(canvas === null ? [SQUARE] : fitInto(canvas)), SQUARE_NOW],
    ...coloursOf(options),
  };
}

/** The size of the pictures that come out where nobody asked for another; null where nothing is known of it. */
export function canonicalSize({ width, height, pixelAspect, rotation }: VideoStream): Size | null {
  if (width === null || height === null) {
    return null;
  }
  const [horizontal, vertical] = pixelAspect ?? [1, 1];
  const aspect = Math.min(FLATTEST, Math.max(1 / FLATTEST, horizontal / vertical));
  const isSquare = Math.abs(aspect - 1) < NEARLY_SQUARE;
  const wide = isSquare || aspect < 1 ? width : even(width * aspect);
  const high = isSquare || aspect > 1 ? height : even(height / aspect);
  return Math.abs(Math.round(rotation / 90)) % 2 === 0 ? { width: wide, height: high } : { width: high, height: wide };
}

/** Its frames are two fields each, taken one after the other. */
export function hasFields({ fieldOrder }: VideoStream): boolean {
  return fieldOrder === "top first" || fieldOrder === "bottom first";
}

export function isRgb({ pixelFormat }: VideoStream): boolean {
  return RGB.test(pixelFormat ?? "");
}

/** Frames by themselves do not say what this says: what was begun without it shows something else. */
export function isTelling(seen: VideoStream): boolean {
  const { matrix, transfer } = seen;
  const isOdd = matrix !== null && matrix !== "bt709" && !BT601_NAMES.has(matrix);
  return hasFields(seen) || isOdd || HDR_TRANSFERS.has(transfer ?? "") || isRgb(seen);
}

/** What makes a picture's pixels square adds to them: none is lost. */
const ASPECT = `if(lt(abs(sar-1)\\,${NEARLY_SQUARE})\\,1\\,clip(sar\\,1/${FLATTEST}\\,${FLATTEST}))`;
const SQUARE =
  `scale=w='if(gt(${ASPECT}\\,1)\\,min(${MAX_SIDE}\\,2*round(iw*${ASPECT}/2))\\,iw)'` +
  `:h='if(lt(${ASPECT}\\,1)\\,min(${MAX_SIDE}\\,2*round(ih/(${ASPECT})/2))\\,ih)'`;

/** Of an odd side, pictures with half as many colours would lose a line. */
const WHOLE_COLOURS = "format=yuv444p|yuvj444p|yuv444p10le|rgb24|bgra";

/** As large as it fits, in the middle of black; nothing is done to what has this size. */
export function fitInto({ width, height }: Size): string[] {
  return [
    `scale=w='max(2\\,round(min(${width}\\,${height}*iw/ih*${ASPECT})))'` +
      `:h='max(2\\,round(min(${height}\\,${width}*ih/iw/(${ASPECT}))))'`,
    ...(width % 2 === 0 && height % 2 === 0 ? [] : [WHOLE_COLOURS]),
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`,
  ];
}

/**
 * Each field becomes a picture, as on a television: fast movement stays smooth. Frames that are progressive pass. Since it
 * needs the field that follows, every frame is held back for one: where that is a delay, only what is said to be
 * interlaced goes through it.
 */
function deinterlace({ seen, mayWait, hasFilter }: CanonicalOptions): string[] {
  const isNeeded = seen?.fieldOrder == null ? mayWait : hasFields(seen);
  const filter = ["bwdif", "yadif"].find(hasFilter);
  return isNeeded && filter !== undefined ? [`${filter}=mode=send_field:deint=interlaced`] : [];
}

function coloursOf({ seen, output, hasFilter }: CanonicalOptions): Pick<Canonical, "colours" | "tags" | "fault"> {
  const named = (matrix: Matrix, ...filters: readonly string[]) => ({
    colours: output === "mjpeg" ? [...filters, ...JPEG_COLOURS] : filters,
    tags: colourTags(matrix),
    fault: null,
  });
  if (seen === null) {
    // H.264's encoder passes on what the frames say.
    return { colours: output === "mjpeg" ? JPEG_COLOURS : [], tags: [], fault: null };
  }
  const { matrix, transfer } = seen;
  if (isRgb(seen)) {
    return named("smpte170m");
  }
  if (HDR_TRANSFERS.has(transfer ?? "")) {
    const canConvert = ["zscale", "tonemap"].every(hasFilter);
    return canConvert ? named("bt709", ...TONE_MAP) : { ...named("bt709", TO_BT709), fault: NO_TONE_MAP };
  }
  if (matrix === null) {
    const usual = usualMatrix({ width: seen.width ?? 0, height: seen.height ?? 0 });
    return named(usual, `setparams=colorspace=${usual}`);
  }
  if (matrix === "bt709") {
    return named("bt709");
  }
  if (BT601_NAMES.has(matrix)) {
    return named("smpte170m");
  }
  return matrix.startsWith("bt2020") && hasFilter("zscale") ? named("bt709", WIDE_TO_BT709) : named("bt709", TO_BT709);
}

function even(side: number): number {
  return Math.min(MAX_SIDE, 2 * Math.round(side / 2));
}
