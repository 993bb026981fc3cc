import type { Track } from "./track.ts";

/** What names a variant: as the source gives it, or made of that. `h264-half` has half the width and height. */
export type Form = "original" | "mjpeg" | "h264" | "h264-half";

/** What is made of a stream on demand: tracks of their own, each fed by one ffmpeg while somebody watches it. */
export type Renditions = Readonly<Record<Exclude<Form, "original">, Track>>;

/** A stream as a viewer can be given it. */
export interface Variant {
  readonly form: Form;
  readonly track: Track;
}

/** The codecs that are ever sent. */
const SENT: readonly string[] = ["mjpeg", "h264"];

/** A stream in all the variants that its viewers may need. */
export class Stream {
  readonly original: Track;
  readonly #renditions: Renditions | null;

  /** @param renditions null where nothing can be made of it: only the original is given then */
  constructor(original: Track, renditions: Renditions | null = null) {
    this.original = original;
    this.#renditions = renditions;
    for (const rendition of Object.values(renditions ?? {})) {
      original.addRendition(rendition);
    }
  }

  /** Gives JPEG pictures, whatever the source gives. */
  get jpeg(): Track {
    const isJpeg = this.original.description.codec === "mjpeg";
    return isJpeg ? this.original : (this.#renditions?.mjpeg ?? this.original);
  }

  /**
   * What a viewer who can show these codecs can be given, the heaviest first: the original before what is made of it.
   * Empty if there is nothing for it, or null as long as it isn't known what the source gives.
   */
  variants(codecs: readonly string[]): readonly Variant[] | null {
    const { codec } = this.original.description;
    if (!codecs.some((one) => SENT.includes(one))) {
      return [];
    }
    if (codec === null) {
      return null;
    }
    const variants: Variant[] = [];
    if (codecs.includes(codec)) {
      variants.push({ form: "original", track: this.original });
    }
    if (this.#renditions === null) {
      return variants;
    }
    const { mjpeg, h264, "h264-half": half } = this.#renditions;
    if (codecs.includes("h264")) {
      if (codec !== "h264") {
        variants.push({ form: "h264", track: h264 });
      }
      variants.push({ form: "h264-half", track: half });
    } else if (variants.length === 0 && codecs.includes("mjpeg")) {
      variants.push({ form: "mjpeg", track: mjpeg });
    }
    return variants;
  }
}
