import type { Codec, NewPacket, StreamDescription } from "../../media.ts";
import type { ReceptionFigures } from "../../remote.ts";
import type { Micros } from "../../time.ts";

/** Where a person sees the stream. */
export interface View {
  /** What it can show, best first. */
  readonly codecs: readonly Codec[];
  /** Settles when the person has closed it ("quit"); rejects when it is gone for another reason. */
  readonly ended: Promise<"quit">;
  /** What is done until there is a first connection: "connecting to HOST". */
  opens(doing: string): void;
  describe(change: Partial<StreamDescription>): void;
  /** There is no connection, and why. */
  lost(reason: string): void;
  /**
   * A frame to show; keeps its bytes.
   * @returns when it was on the screen (µs, our clock), or null if it was not
   */
  show(frame: NewPacket, codec: Codec): Promise<Micros | null>;
  close(): Promise<void>;
}

/** What a view asks while it is there. */
export interface ViewSource {
  /** The figures that it shows. */
  readonly figures: () => ReceptionFigures;
  /** A frame was not shown, since a newer one was due. */
  readonly onDropped: () => void;
  /** A frame has come and is not shown, since the person has frozen the picture. */
  readonly onFrozen: () => void;
  /** The stream comes from a classic sender. */
  readonly isClassic: () => boolean;
}
