// Parts: ffmpeg
import { STRIP_BLOCK, STRIP_COLUMNS } from "../../src/media.ts";
import { readStrip, stripAgeMs } from "./picture.ts";

const WIDTH = STRIP_BLOCK * STRIP_COLUMNS;
const HEIGHT = STRIP_BLOCK * 2;
const FRAME_BYTES = WIDTH * HEIGHT * 4;

/** A new picture on the screen. */
export interface Sighting {
  readonly counter: number;
  /** How old it was when it was seen there, ms. */
  readonly ageMs: number;
}

/** Looks at an X screen's top left corner, 60 times a second, where a window shows an unscaled picture with the strip. */
export class ScreenStrip implements AsyncDisposable {
  readonly sightings: Sighting[] = [];
  readonly #child: Bun.Subprocess<"ignore", "pipe", "ignore">;
  readonly #reading: Promise<void>;

  /** @param display as in DISPLAY */
  constructor(display: string) {
    this.#child = Bun.spawn(
      [
        ..."ffmpeg -v error -fpsprobesize 0 -f x11grab -draw_mouse 0 -framerate 60".split(" "),
        ...`-video_size ${WIDTH}x${HEIGHT} -i ${display} -threads 1 -fps_mode passthrough`.split(" "),
        ..."-f rawvideo -pix_fmt rgba pipe:1".split(" "),
      ],
      { stdin: "ignore", stdout: "pipe", stderr: "ignore" },
    );
    this.#reading = this.#read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    await this.#reading;
  }

  async #read(): Promise<void> {
    let frame = new Uint8Array(0);
    for await (const chunk of this.#child.stdout) {
      const now = Date.now();
      frame = Buffer.concat([frame, chunk]);
      while (frame.length >= FRAME_BYTES) {
        this.#look(new Uint8ClampedArray(frame.subarray(0, FRAME_BYTES)), now);
        frame = frame.subarray(FRAME_BYTES);
      }
    }
  }

  #look(rgba: Uint8ClampedArray, now: number): void {
    const strip = readStrip({ width: WIDTH, height: HEIGHT, rgba });
    if (strip !== null && strip.counter !== this.sightings.at(-1)?.counter) {
      this.sightings.push({ counter: strip.counter, ageMs: stripAgeMs(strip, now) });
    }
  }
}
