/** Less than this share of the recent peak is small. */
const LARGE = 0.5;
/** How fast the largest is forgotten, per frame: a key frame counts until some have followed. */
const FORGET = 0.99;

/**
 * How large the largest recent frame is. Of frames much smaller than that, most of the time that they take is not the
 * link's (docs/protocol.md, section 6.2).
 */
export class RecentPeak {
  /** In bytes. */
  byteCount = 0;

  add(byteCount: number): void {
    this.byteCount = Math.max(byteCount, this.byteCount * FORGET);
  }

  /** Is it at least half as large? */
  isLarge(byteCount: number): boolean {
    return byteCount >= LARGE * this.byteCount;
  }

  forget(): void {
    this.byteCount = 0;
  }
}
