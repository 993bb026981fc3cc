/** The name's part, in bytes of UTF-8: with the time it fits every file system, encrypted ones (143) too. */
const MOST_NAME_BYTES = 100;
/** Windows and macOS forbid them in a file name, or they are not to be seen in one. */
const FORBIDDEN = /[<>:"/\\|?*]+/g;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;
/** What makes a file hidden, an option or a relative path. */
const LEADING = /^[\s.~-]+/;

/**
 * What a saved picture is called: "Kitchen camera 2026-11-27 16.01.42.jpg".
 * @param name the stream's, which may come from another machine: made harmless on every system
 * @param date when it was on the screen; said in local time
 */
export function pictureFileName(name: string, date: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(".");
  return `${harmless(name)} ${day} ${time}.jpg`;
}

function harmless(name: string): string {
  const plain = name.replace(UNSEEN, " ").replace(FORBIDDEN, "-").replace(/\s+/g, " ").replace(LEADING, "");
  let kept = "";
  let bytes = 0;
  for (const character of plain) {
    bytes += new TextEncoder().encode(character).length;
    if (bytes > MOST_NAME_BYTES) {
      break;
    }
    kept += character;
  }
  return kept.replace(/[\s.-]+$/, "") || "lanvid";
}
