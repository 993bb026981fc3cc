/** iPhones have this in place of MediaSource. */
declare const ManagedMediaSource: typeof MediaSource | undefined;

/** The browser's Media Source, or undefined where it has none. */
export function mediaSourceClass(): typeof MediaSource | undefined {
  if (typeof ManagedMediaSource !== "undefined") {
    return ManagedMediaSource;
  }
  return typeof MediaSource === "undefined" ? undefined : MediaSource;
}

/** For `isTypeSupported` and the like. @param codec as in RFC 6381 */
export function mp4Type(codec: string): string {
  return `video/mp4; codecs="${codec}"`;
}
