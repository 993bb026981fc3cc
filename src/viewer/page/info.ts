import type { StreamInfo } from "../../wire.ts";
import { page } from "./elements.ts";
import { MODE_NAMES, type Mode } from "./mode.ts";

const CODEC_NAMES: Readonly<Record<string, string>> = { h264: "H.264", mjpeg: "JPEG" };
const FORM_WORDS: Readonly<Record<StreamInfo["form"], string>> = {
  original: "",
  mjpeg: "for this browser",
  h264: "for this link",
  "h264-half": "half size for this link",
};

/** The codec for people; "" when it is not known. */
export function codecName(stream: StreamInfo | null): string {
  const codec = stream?.codec ?? "";
  return CODEC_NAMES[codec] ?? codec;
}

/** The codec and what was done to it: "H.264, half size for this link". */
export function formText(stream: StreamInfo | null): string {
  return [codecName(stream), stream === null ? "" : FORM_WORDS[stream.form]].filter((word) => word !== "").join(", ");
}

/** How it is shown. */
export function modeText(stream: StreamInfo | null, mode: Mode): string {
  return stream?.codec === "h264" ? MODE_NAMES[mode] : "canvas";
}

/** Shows the stream's details: terms and their values. */
export function showInfo(rows: readonly (readonly [string, string])[]): void {
  page.infoList.replaceChildren(
    ...rows.flatMap(([term, value]) => [textElement("dt", term), textElement("dd", value)]),
  );
}

function textElement(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
