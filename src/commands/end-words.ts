import type { ReceptionFigures } from "../remote.ts";
import { counted, formatBytes, formatLength, type Size } from "../units.ts";
import type { SavedPicture } from "./snapshot.ts";

export interface Saving {
  /** Files were to be written. */
  readonly isWanted: boolean;
  readonly picture: SavedPicture | null;
}

/**
 * What is said at the end of receiving: what was saved; else why it ended.
 * @param why null where as many frames came as were asked for: they are counted then
 */
export function endWords(figures: ReceptionFigures, saving: Saving, why: string | null): string {
  const saved = savedWords(figures, saving.picture);
  if (saved !== null) {
    return saved;
  }
  if (why === null) {
    return `received ${counted(figures.frames, "frame")}`;
  }
  return saving.isWanted ? `${why}; no picture came, so nothing was saved` : why;
}

/** "saved z.mp4 (1280×720, 0:12, 3.4 MB)"; null where nothing was. */
function savedWords({ recorded, width, height }: ReceptionFigures, picture: SavedPicture | null): string | null {
  const files: string[] = [];
  if (picture !== null) {
    files.push(`${picture.file} (${[...sizeWords(picture.size), formatBytes(picture.bytes)].join(", ")})`);
  }
  if (recorded !== null) {
    const size = width === null || height === null ? null : { width, height };
    const length = formatLength(recorded.durationMs);
    files.push(`${recorded.file} (${[...sizeWords(size), length, formatBytes(recorded.bytes)].join(", ")})`);
  }
  return files.length === 0 ? null : `saved ${files.join(" and ")}`;
}

function sizeWords(size: Size | null): readonly string[] {
  return size === null ? [] : [`${size.width}×${size.height}`];
}
