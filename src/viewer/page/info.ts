import { codecName } from "../../media.ts";
import type { StreamInfo } from "../../wire.ts";
import { page } from "./elements.ts";
import { MODE_NAMES, type Mode } from "./mode.ts";

const FORM_WORDS: Readonly<Record<StreamInfo["form"], string>> = {
  original: "",
  mjpeg: "for this browser",
  h264: "reduced for this link",
  "h264-half": "half size for this link",
};

/** The codec and what was done to it: "H.264, half size for this link". */
export function formText(stream: StreamInfo | null): string {
  return [codecName(stream?.codec ?? null), stream === null ? "" : FORM_WORDS[stream.form]]
    .filter((word) => word !== "")
    .join(", ");
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
