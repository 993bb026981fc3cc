import { joinBytes } from "../../media.ts";

/** What is behind the newest frame by more than this is removed, in s; in steps, since a removal costs as much as an append. */
const KEPT_SECONDS = 3;
const REMOVAL_SECONDS = 3;

interface Piece {
  readonly bytes: Uint8Array;
  /** "" for a fragment; else the type of what follows. */
  readonly mime: string;
  readonly onAppended: () => void;
}

/** A `SourceBuffer`: is given pieces one after the other, and stays small. */
export class SourceBufferQueue {
  readonly #source: MediaSource;
  readonly #buffer: SourceBuffer;
  readonly #onError: (error: unknown) => void;
  #mime: string;
  #pieces: Piece[] = [];
  #underWay: Piece[] = [];
  /** Where key frames are, s, the oldest first. */
  #keys: number[] = [];
  #newest = 0;
  /** Until `updateend`: before that comes, the browser's own `updating` may be false again. */
  #isBusy = false;
  #isOver = false;

  /** @param source one that is open. Throws what the browser does when it can't play `mime` */
  constructor(source: MediaSource, mime: string, onError: (error: unknown) => void) {
    this.#source = source;
    this.#buffer = source.addSourceBuffer(mime);
    this.#mime = mime;
    this.#onError = onError;
    this.#buffer.addEventListener("updateend", () => this.#updated());
    this.#buffer.addEventListener("error", () => this.#fail(new Error("the browser can't read the film")));
  }

  /** Stretches that can be played, for diagnosis. */
  get ranges(): number {
    return this.#buffer.buffered.length;
  }

  /** An init segment: what follows is of this type. */
  begin(bytes: Uint8Array, mime: string): void {
    this.#pieces.push({ bytes, mime, onAppended: () => {} });
    this.#next();
  }

  /**
   * A fragment.
   * @param seconds where its last frame is on the timeline
   * @param keySeconds where its key frame is, null where it has none
   * @param onAppended the browser has it
   */
  append(bytes: Uint8Array, seconds: number, keySeconds: number | null, onAppended: () => void): void {
    this.#pieces.push({ bytes, mime: "", onAppended });
    this.#newest = seconds;
    if (keySeconds !== null) {
      this.#keys.push(keySeconds);
    }
    this.#next();
  }

  /** What waits counts as appended; nothing more is. */
  close(): void {
    this.#isOver = true;
    const left = [...this.#underWay, ...this.#pieces];
    this.#underWay = [];
    this.#pieces = [];
    for (const { onAppended } of left) {
      onAppended();
    }
  }

  #next(): void {
    if (this.#isOver || this.#isBusy || this.#source.readyState !== "open" || this.#pieces.length === 0) {
      return;
    }
    try {
      if (!this.#remove()) {
        this.#append();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Appends what waits at once: several pieces when the browser was busy meanwhile. */
  #append(): void {
    const first = this.#pieces[0];
    if (first !== undefined && first.mime !== "" && first.mime !== this.#mime) {
      this.#mime = first.mime;
      this.#buffer.changeType(first.mime);
    }
    const another = this.#pieces.findIndex(({ mime }, index) => index > 0 && mime !== "" && mime !== this.#mime);
    this.#underWay = this.#pieces.splice(0, another < 0 ? this.#pieces.length : another);
    this.#isBusy = true;
    this.#buffer.appendBuffer(joinBytes(this.#underWay.map(({ bytes }) => bytes)));
  }

  /** Begins to remove what is old, up to a key frame; false when there is not enough of it. */
  #remove(): boolean {
    const [start] = this.#buffer.buffered.length > 0 ? [this.#buffer.buffered.start(0)] : [this.#newest];
    const old = this.#keys.findLast((key) => key <= this.#newest - KEPT_SECONDS);
    if (old === undefined || old - start < REMOVAL_SECONDS) {
      return false;
    }
    this.#keys = this.#keys.filter((key) => key >= old);
    this.#isBusy = true;
    this.#buffer.remove(0, old);
    return true;
  }

  #updated(): void {
    this.#isBusy = false;
    const appended = this.#underWay;
    this.#underWay = [];
    for (const { onAppended } of appended) {
      onAppended();
    }
    this.#next();
  }

  #fail(error: unknown): void {
    if (!this.#isOver) {
      this.close();
      this.#onError(error);
    }
  }
}
