/** For `isTypeSupported` and the like. @param codec as in RFC 6381 */
export function mp4Type(codec: string): string {
  return `video/mp4; codecs="${codec}"`;
}
