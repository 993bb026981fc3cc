import type { Ffmpeg } from "../ffmpeg.ts";
import type { Log } from "../log.ts";
import { type Codec, jpegSize, type NewPacket, PacketQueue } from "../media.ts";
import { isPng, writeJpeg, writePng } from "../outputs/recorder.ts";
import { type Clock, systemClock } from "../time.ts";
import { type Picture, type Pixels, pixelsOf, stillOf } from "../transcode.ts";
import type { Size } from "../units.ts";

/** A picture that was written. */
export interface SavedPicture {
  readonly file: string;
  readonly size: Size | null;
  readonly bytes: number;
}

/** The first picture that is shown, as a file. */
export class Snapshot {
  readonly #path: string;
  readonly #force: boolean;
  readonly #findFfmpeg: () => Ffmpeg;
  readonly #log: Log;
  readonly #clock: Clock;
  /** Frames from the last key frame on. */
  readonly #frames = new PacketQueue<NewPacket>();
  #isTaken = false;
  #saved: SavedPicture | null = null;
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param force replace a file that is there
   * @param findFfmpeg asked when an H.264 frame is to become a JPEG, or a frame a PNG. @throws LanvidError when there is none
   */
  constructor(path: string, force: boolean, findFfmpeg: () => Ffmpeg, log: Log, clock = systemClock) {
    this.#path = path;
    this.#force = force;
    this.#findFfmpeg = findFfmpeg;
    this.#log = log;
    this.#clock = clock;
  }

  /** Null as long as it is not written. */
  get saved(): SavedPicture | null {
    return this.#saved;
  }

  /** It waits for a JPEG of pixels. */
  get wantsJpeg(): boolean {
    return !this.#isTaken && !isPng(this.#path);
  }

  /** Takes each frame, in order: a JPEG is written as it is, unless a PNG is wanted. @throws LanvidError (output) */
  async frame(frame: NewPacket, codec: Codec): Promise<void> {
    if (this.#isTaken) {
      return;
    }
    if (codec === "h264") {
      this.#keep(frame);
    }
    if (frame.isPreroll || (codec === "h264" && this.#frames.length === 0)) {
      return;
    }
    this.#isTaken = true;
    this.#writing = this.#write(frame, codec);
    await this.#writing;
  }

  /** @throws LanvidError (output) */
  async pixels(pixels: Pixels, picture: Picture): Promise<void> {
    if (!this.#isTaken) {
      this.#isTaken = true;
      this.#writing = this.#writePixels(pixels, picture.bytes);
      await this.#writing;
    }
  }

  /** Settles when it is written, if there was a picture. @throws LanvidError (output) as the taking did */
  written(): Promise<void> {
    return this.#writing;
  }

  async #write(frame: NewPacket, codec: Codec): Promise<void> {
    if (isPng(this.#path) && codec !== "bgr24") {
      const frames = codec === "h264" ? this.#takeFrames() : [frame.bytes];
      const { pixels, bytes } = await pixelsOf({ codec, frames }, this.#findFfmpeg(), this.#log, this.#clock);
      await this.#writePixels(pixels, bytes);
      return;
    }
    const jpeg = codec === "h264" ? await this.#still() : frame.bytes;
    await writeJpeg(this.#path, jpeg, this.#force);
    this.#saved = { file: this.#path, size: jpegSize(jpeg) ?? null, bytes: jpeg.length };
  }

  #still(): Promise<Uint8Array> {
    return stillOf(this.#takeFrames(), this.#findFfmpeg(), this.#log, this.#clock);
  }

  async #writePixels(pixels: Pixels, bytes: Uint8Array): Promise<void> {
    const fileBytes = await writePng(this.#path, pixels, bytes, this.#force);
    this.#saved = { file: this.#path, size: pixels, bytes: fileBytes };
  }

  #keep(frame: NewPacket): void {
    if (frame.isKey || !this.#frames.hasRoomFor(frame)) {
      this.#frames.clear();
    }
    if (frame.isKey || this.#frames.length > 0) {
      this.#frames.add(frame);
    }
  }

  #takeFrames(): readonly Uint8Array[] {
    return this.#frames.clear().map(({ bytes }) => bytes);
  }
}
