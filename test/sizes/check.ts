import type { Size } from "../../src/units.ts";
import { formFaults, pictureOf, type ShownSizes, type SourceCodec } from "./forms.ts";

/** Sizes that are decoded side by side: most of the time is ffmpeg's start. */
const AT_A_TIME = 3;

/** A picture to be tried. */
export interface Case extends Size {
  readonly codec: SourceCodec;
}

/** What was tried and what was wrong. */
export interface Findings {
  /** Pictures, in how many forms, and how many were looked at on the screen. */
  readonly pictures: number;
  readonly forms: number;
  readonly shown: number;
  /** Each with its codec and size. */
  readonly faults: readonly string[];
}

/** Tries them in every form and in the window. */
export async function checkAll(cases: readonly Case[], window: ShownSizes): Promise<Findings> {
  const found = { pictures: 0, forms: 0, shown: 0 };
  const faults: string[] = [];
  const waiting = [...cases];
  let turn: Promise<unknown> = Promise.resolve();
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { codec, width, height } = next;
      const size = { width, height };
      const bytes = await pictureOf(codec, size);
      const shown = turn.then(() => window.fault(codec, size, bytes));
      turn = shown;
      const { tried, faults: wrong } = await formFaults(codec, size, bytes);
      const fault = await shown;
      found.pictures += 1;
      found.forms += tried;
      found.shown += 1;
      const all = fault === null ? wrong : [...wrong, fault];
      faults.push(...all.map((text) => `${codec} ${width}x${height}: ${text}`));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return { ...found, faults };
}
