// Parts: ffmpeg
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STRIP_BLOCK, STRIP_COLUMNS } from "../../src/media.ts";
import { percentile } from "../../src/units.ts";
import { Lanvid } from "../support/lanvid.ts";
import { readStrip, stripAgeMs } from "../support/picture.ts";

const WIDTH = STRIP_BLOCK * STRIP_COLUMNS;
const HEIGHT = STRIP_BLOCK * 2;
const FRAME_BYTES = WIDTH * HEIGHT;

/** What the strips of the pictures said since it was asked last. */
export interface Seen {
  readonly pictures: number;
  /** Age when decoded, ms; null for no pictures. */
  readonly medianMs: number | null;
  /** The longest time without a new picture, that until now among them, ms. */
  readonly gapMs: number;
}

/**
 * A `lanvid watch` that stays from the first second to the last. It writes what it gets to a FIFO, from which an ffmpeg
 * decodes it, and the strip of each picture says how old it was: a frame time more than at `watch`, since where a
 * picture ends is known with the next one.
 */
export class Resident implements AsyncDisposable {
  readonly watch: Lanvid;
  readonly #folder = mkdtempSync(join(tmpdir(), "lanvid-soak-"));
  readonly #decoder: Bun.Subprocess<"ignore", "pipe", "ignore">;
  readonly #reading: Promise<void>;
  #ages: number[] = [];
  #lastAt = performance.now();
  #gapMs = 0;
  #counter = -1;

  constructor(port: number) {
    const fifo = join(this.#folder, "film.h264");
    Bun.spawnSync(["mkfifo", fifo]);
    this.#decoder = Bun.spawn(
      [
        ..."ffmpeg -v quiet -threads 1 -flags low_delay -probesize 32 -analyzeduration 0 -f h264 -i".split(" "),
        fifo,
        ...`-fps_mode passthrough -threads 1 -vf crop=${WIDTH}:${HEIGHT}:0:0 -f rawvideo -pix_fmt gray pipe:1`.split(
          " ",
        ),
      ],
      { stdin: "ignore", stdout: "pipe", stderr: "ignore" },
    );
    this.watch = new Lanvid(["watch", `127.0.0.1:${port}`, "--output", fifo, "--force"]);
    this.#reading = this.#read();
  }

  /** What was seen since the last time. */
  seen(): Seen {
    const ages = this.#ages;
    this.#ages = [];
    const gapMs = Math.max(this.#gapMs, performance.now() - this.#lastAt);
    this.#gapMs = 0;
    return { pictures: ages.length, medianMs: percentile(ages, 0.5), gapMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watch[Symbol.asyncDispose]();
    this.#decoder.kill("SIGKILL");
    await this.#reading;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #read(): Promise<void> {
    const frame = new Uint8Array(FRAME_BYTES);
    let fill = 0;
    for await (const chunk of this.#decoder.stdout) {
      const now = performance.timeOrigin + performance.now();
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + FRAME_BYTES - fill);
        frame.set(part, fill);
        fill = (fill + part.length) % FRAME_BYTES;
        at += part.length;
        if (fill === 0) {
          this.#look(frame, now);
        }
      }
    }
  }

  #look(grey: Uint8Array, now: number): void {
    const rgba = new Uint8ClampedArray(FRAME_BYTES * 4);
    for (let at = 0; at < FRAME_BYTES; at++) {
      rgba.fill(grey[at] as number, at * 4, at * 4 + 3);
    }
    const strip = readStrip({ width: WIDTH, height: HEIGHT, rgba });
    if (strip === null || strip.counter === this.#counter) {
      return;
    }
    this.#counter = strip.counter;
    this.#ages.push(stripAgeMs(strip, now));
    const at = performance.now();
    this.#gapMs = Math.max(this.#gapMs, at - this.#lastAt);
    this.#lastAt = at;
  }
}
