/** Digits and what a clock needs, 5 columns by 7 rows, one number per row, the leftmost column in bit 4. */
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  "0": [14, 17, 19, 21, 25, 17, 14],
  "1": [4, 12, 4, 4, 4, 4, 14],
  "2": [14, 17, 1, 2, 4, 8, 31],
  "3": [31, 2, 4, 2, 1, 17, 14],
  "4": [2, 6, 10, 18, 31, 2, 2],
  "5": [31, 16, 30, 1, 1, 17, 14],
  "6": [6, 8, 16, 30, 17, 17, 14],
  "7": [31, 1, 2, 4, 8, 8, 8],
  "8": [14, 17, 17, 14, 17, 17, 14],
  "9": [14, 17, 17, 15, 1, 2, 12],
  ":": [0, 4, 4, 0, 4, 4, 0],
  ".": [0, 0, 0, 0, 0, 12, 12],
  "#": [10, 10, 31, 10, 31, 10, 10],
};

const COLUMNS = 5;
const ROWS = 7;
/** Columns from one glyph to the next. */
const ADVANCE = 6;

/** The width of a text in glyph pixels. */
export function textColumns(text: string): number {
  return text.length * ADVANCE - 1;
}

export const TEXT_ROWS = ROWS;

/** Calls `paint` for each pixel that is set, in glyph pixels from the text's left top. Unknown characters are blank. */
export function eachPixel(text: string, paint: (column: number, row: number) => void): void {
  [...text].forEach((character, index) => {
    GLYPHS[character]?.forEach((bits, row) => {
      for (let column = 0; column < COLUMNS; column++) {
        if ((bits >> (COLUMNS - 1 - column)) & 1) {
          paint(index * ADVANCE + column, row);
        }
      }
    });
  });
}
