import type { Hub } from "./hub.ts";

/** The forms of a stream: as its source gives it, or made of that. `h264-half` has half the width and height. */
export type Form = "original" | "mjpeg" | "h264" | "h264-half";

/** What is made of a stream on demand: hubs of their own, each fed by one ffmpeg while somebody watches it. */
export type Renditions = Readonly<Record<Exclude<Form, "original">, Hub>>;

/** A form that a viewer can be given. */
export interface Rung {
  readonly form: Form;
  readonly hub: Hub;
}

/** The codecs that are ever sent. */
const SENT: readonly string[] = ["mjpeg", "h264"];

/** A stream in all the forms that its viewers may need. */
export class Stream {
  readonly original: Hub;
  readonly #renditions: Renditions | null;

  /** @param renditions null where nothing can be made of it: only the original is given then */
  constructor(original: Hub, renditions: Renditions | null = null) {
    this.original = original;
    this.#renditions = renditions;
    for (const rendition of Object.values(renditions ?? {})) {
      original.addRendition(rendition);
    }
  }

  /** Gives JPEG pictures, whatever the source gives. */
  get jpeg(): Hub {
    const isJpeg = this.original.description.codec === "mjpeg";
    return isJpeg ? this.original : (this.#renditions?.mjpeg ?? this.original);
  }

  /**
   * What a viewer who can show these codecs can be given, the heaviest first: the original before what is made of it.
   * Empty if there is nothing for it, or null as long as it isn't known what the source gives.
   */
  rungs(codecs: readonly string[]): readonly Rung[] | null {
    const { codec } = this.original.description;
    if (!codecs.some((one) => SENT.includes(one))) {
      return [];
    }
    if (codec === null) {
      return null;
    }
    const rungs: Rung[] = [];
    if (codecs.includes(codec)) {
      rungs.push({ form: "original", hub: this.original });
    }
    if (this.#renditions === null) {
      return rungs;
    }
    const { mjpeg, h264, "h264-half": half } = this.#renditions;
    if (codecs.includes("h264")) {
      if (codec !== "h264") {
        rungs.push({ form: "h264", hub: h264 });
      }
      rungs.push({ form: "h264-half", hub: half });
    } else if (rungs.length === 0 && codecs.includes("mjpeg")) {
      rungs.push({ form: "mjpeg", hub: mjpeg });
    }
    return rungs;
  }
}
