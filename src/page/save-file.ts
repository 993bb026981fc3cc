import { pictureFileName } from "../media.ts";
import { type Clock, systemClock } from "../time.ts";

/** A download has begun by then, and holds the bytes itself; ms. */
const BEGUN_MS = 10_000;

/** A picture that a person wants to keep. */
export interface TakenPicture {
  readonly jpeg: Blob;
  /** When it was seen. */
  readonly at: Date;
}

/** Has the browser keep a picture as a file. @param name the stream's */
export function saveFile({ jpeg, at }: TakenPicture, name: string, clock: Clock = systemClock): void {
  const url = URL.createObjectURL(jpeg);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = pictureFileName(name, at);
  anchor.click();
  clock.after(BEGUN_MS, () => URL.revokeObjectURL(url));
}
