import { codecName } from "../media.ts";
import { formatBitRate, round } from "../units.ts";
import type { StreamInfo } from "../wire.ts";
import { type Elements, setText } from "./elements.ts";
import type { Figures } from "./figures.ts";
import { MODE_NAMES, type Mode } from "./mode.ts";

/** What was done to the stream for this viewer. */
const QUALITIES: Readonly<Record<StreamInfo["form"], string>> = {
  original: "original",
  mjpeg: "made JPEG for this browser",
  h264: "reduced for this link",
  "h264-half": "half size for this link",
};
/** The same beside the codec, where there is little room. */
const SHORT_QUALITIES: Readonly<Record<StreamInfo["form"], string>> = {
  original: "",
  mjpeg: "",
  h264: " · reduced",
  "h264-half": " · half size",
};

/** What the details are made of. */
export interface Details {
  readonly name: string;
  readonly stream: StreamInfo | null;
  readonly mode: Mode;
  /** Why it is not shown in another way, or null. */
  readonly notice: string | null;
  readonly figures: Figures;
  readonly maxDelayMs: number | null;
  readonly clockErrorMs: number | null;
  readonly passesNoWebSocket: boolean;
}

type Row = readonly [term: string, value: string];
type Group = readonly [heading: string, rows: readonly Row[]];

/** The codec, and what was done to it, in a few characters: "H.264 · half size". */
export function codecText(stream: StreamInfo | null): string {
  return stream === null ? "" : codecName(stream.codec) + SHORT_QUALITIES[stream.form];
}

/** The same in full: "H.264. Quality: half size for this link. Shown by WebCodecs". */
export function pictureText(stream: StreamInfo | null, mode: Mode): string {
  return stream === null
    ? ""
    : `${codecName(stream.codec)}. Quality: ${QUALITIES[stream.form]}. Shown by ${modeText(stream, mode)}`;
}

/** Shows the details of the stream, in groups of terms and their values. */
export function showInfo({ info }: Elements, details: Details): void {
  const groups = groupsOf(details);
  // Only what is new is written: a reader of the page, or a selection, would lose its place.
  const shape = JSON.stringify(groups.map(([heading, rows]) => [heading, rows.map(([term]) => term)]));
  if (info.dataset["shape"] !== shape) {
    info.dataset["shape"] = shape;
    info.replaceChildren(...groups.flatMap(elementsOf));
  }
  const values = info.querySelectorAll("dd");
  for (const [index, [, value]] of groups.flatMap(([, rows]) => rows).entries()) {
    const element = values[index];
    if (element !== undefined) {
      setText(element, value);
    }
  }
}

function groupsOf({ name, stream, figures, ...details }: Details): readonly Group[] {
  const { fps, mbps } = figures.rates();
  const ms = (value: number | null) => (value === null ? "–" : `${round(value, 1)} ms`);
  const size = stream?.width ? [`${stream.width}×${stream.height}`] : [];
  const picture: Row[] = [
    ["From", name],
    ["Size", [...size, codecName(stream?.codec ?? null)].filter((word) => word !== "").join(", ") || "–"],
    ["Quality", stream === null ? "–" : QUALITIES[stream.form]],
    ["Rate", `${round(fps, 1)} fps, ${formatBitRate(mbps * 1e6)}`],
    ["Shown by", modeText(stream, details.mode)],
    ...(details.notice === null ? [] : [["Note", details.notice] as const]),
  ];
  const delay: Row[] = [
    ["Usually", ms(figures.delayMs(0.5))],
    ["19 of 20 pictures within", ms(figures.delayMs(0.95))],
    ["Allowed", ms(details.maxDelayMs)],
    ["Measured to within", ms(details.clockErrorMs)],
  ];
  const connection: Row[] = [
    ["By", details.passesNoWebSocket ? "requests, because no WebSocket gets through" : "WebSocket"],
    ["Pictures shown", String(figures.frames)],
    ["Dropped, to stay live", String(figures.dropped)],
    ["Unreadable pictures", String(figures.corrupt)],
    ["Source restarted", times(stream?.restarts ?? 0)],
  ];
  return [
    ["Picture", picture],
    ["Delay", delay],
    ["Connection", connection],
  ];
}

function times(count: number): string {
  return ["never", "once"][count] ?? `${count} times`;
}

function elementsOf([heading, rows]: Group): HTMLElement[] {
  const list = document.createElement("dl");
  list.append(...rows.flatMap(([term]) => [textElement("dt", term), textElement("dd", "")]));
  return [textElement("h2", heading), list];
}

function modeText(stream: StreamInfo | null, mode: Mode): string {
  return stream?.codec === "h264" ? MODE_NAMES[mode] : "canvas";
}

function textElement(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
