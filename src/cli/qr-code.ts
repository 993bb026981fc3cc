import { encode, renderUnicodeCompact } from "uqr";
import { type Line, type Span, styled } from "./style.ts";

/** Modules around the code that are light: ISO/IEC 18004 asks for four. */
const BORDER = 4;

/**
 * A text as a QR code, two modules in a character. In colours it is black on white, which scanners need, in a dark
 * terminal and in a light one; without colours it takes the terminal's own, and is light on dark.
 */
export function qrCode(text: string, hasColours: boolean): readonly Line[] {
  if (!hasColours) {
    return renderUnicodeCompact(text, { border: BORDER }).split("\n");
  }
  const { data, size } = encode(text, { border: BORDER });
  return Array.from({ length: Math.ceil(size / 2) }, (_, row) => {
    const [upper = [], lower = []] = [data[2 * row], data[2 * row + 1]];
    return joined(upper.map((isDark, column) => cell(isDark, lower[column] === true)));
  });
}

/** Where both are dark it is a space on black: fonts leave gaps between full blocks. */
function cell(isUpperDark: boolean, isLowerDark: boolean): Span {
  if (isUpperDark && isLowerDark) {
    return styled("solid", " ");
  }
  if (isUpperDark) {
    return styled("ink", "▀");
  }
  return styled("ink", isLowerDark ? "▄" : " ");
}

/** Neighbours that look the same as one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const all: Span[] = [];
  for (const { text, style } of spans) {
    const last = all.at(-1);
    if (last?.style === style) {
      all[all.length - 1] = styled(style, last.text + text);
    } else {
      all.push(styled(style, text));
    }
  }
  return all;
}
