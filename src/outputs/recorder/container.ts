import type { Fmp4Sample, H264Parameters } from "../../media.ts";

/** Bytes to be written over those at a place in the file. */
export interface Patch {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Makes a file's bytes of frames. Pure: it says what to write, and writes nothing. */
export interface Container {
  /** It says the pictures' size and H.264's parameters once, at its beginning. */
  readonly holdsOneSize: boolean;
  /** Called before the first frame, with what that says if this `holdsOneSize`. */
  begin(parameters: H264Parameters): void;
  /**
   * Takes the next frame; the first one is a key frame, and times grow by 1000 µs at least.
   * @returns what belongs at the end of the file now: a file that ends after any of these parts plays
   */
  add(frame: Fmp4Sample): Uint8Array[];
  /** What is held back, to be written now; more frames may follow. */
  flush(): Uint8Array[];
  /** What an orderly end adds: an index, the length. The file plays without it. */
  finish(): { readonly tail: Uint8Array[]; readonly patches: readonly Patch[] };
}

/** Frames one after the other, as they were received: `.mjpeg`, `.h264`. */
export class BareFrames implements Container {
  readonly holdsOneSize = false;

  begin(): void {
    // The first frame is the beginning.
  }

  add({ bytes }: Fmp4Sample): Uint8Array[] {
    return [bytes];
  }

  flush(): Uint8Array[] {
    return [];
  }

  finish(): { readonly tail: Uint8Array[]; readonly patches: readonly Patch[] } {
    return { tail: [], patches: [] };
  }
}
