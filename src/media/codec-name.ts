const NAMES: Readonly<Record<string, string>> = { h264: "H.264", mjpeg: "JPEG", bgr24: "pixels" };

/** A codec for people: "H.264", "JPEG"; one that is not known by its own name, and "" for none. */
export function codecName(codec: string | null): string {
  return codec === null ? "" : (NAMES[codec] ?? codec);
}
