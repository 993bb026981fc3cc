/** As much of a line as a terminal has room for: some characters take two of its columns, others none. */
export function fitting(line: string, columns: number): string {
  if (Bun.stringWidth(line) <= columns) {
    return line;
  }
  let kept = "";
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    width += Bun.stringWidth(segment);
    if (width > columns) {
      break;
    }
    kept += segment;
  }
  return kept;
}
