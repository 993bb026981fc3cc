import type { Micros, Ms } from "../time.ts";

/** A picture on its way to the screen. */
export interface Picture {
  readonly sequence: number;
  readonly isKey: boolean;
  /** To be decoded and not shown. */
  readonly isPreroll: boolean;
  readonly bytes: Uint8Array;
  /** When it was captured, on the sender's clock, which is any clock. */
  readonly sentAt: Micros;
  /** The same on our clock, as far as that is known. */
  readonly capturedAt: Micros | null;
  /** Called once, when the next one can be taken: with the time at which it is shown (on our clock), or null. */
  readonly settle: (shownAt: Micros | null) => void;
}

/** What becomes of pictures. */
export interface RendererEvents {
  /** It is on the screen. `jpeg` is what was received, where that is one. */
  readonly onShown: (picture: Picture, shownAt: Micros, jpeg: Blob | null) => void;
  /** It is on the screen too, but when was not seen. */
  readonly onShownUnseen: (picture: Picture) => void;
  /** So many were not shown, since a newer one came first. */
  readonly onDropped: (count: number) => void;
  /** One was not shown, since it can't be decoded. */
  readonly onCorrupt: () => void;
  /** This browser can't show this stream in this way. */
  readonly onUnusable: (reason: string) => void;
}

/** Shows pictures of one codec: the newest only, and never an older one after a newer one. */
export interface Renderer {
  /** How much longer than the next frame of the display it takes to show a picture, at most as a rule; 0 unless told. */
  readonly showingMs?: Ms;
  show(picture: Picture): void;
  /** Pictures of another connection or variant follow: their numbers begin anew, with a key frame. */
  restart(): void;
  /** The page was hidden, or is seen again. */
  visibilityChanged(): void;
  /** Shows no more, and settles what it has. */
  close(): void;
}
