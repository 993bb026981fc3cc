// Parts: python
import { join } from "node:path";
import { blocksOf } from "./integration-lines.ts";
import { PYTHON } from "./python.ts";

/** The scripts of docs/integrations.md that show pictures, in their order there. */
export const SCRIPTS = ["as they come", "by a thread that reads on", "by /snapshot"] as const;

/** A picture that a script has shown: its counter, and its age then, ms. */
export type Shown = readonly [counter: number, ageMs: number];

/**
 * The words that run one of them. Instead of opening a window, which has the picture wherever the toolkit likes, it prints each
 * picture's `Shown` as a line of JSON.
 * @param address of the page
 * @param pauseMs what it takes for each picture
 */
export function opencvScript(which: (typeof SCRIPTS)[number], address: string, pauseMs = 0): string[] {
  const script = blocksOf("Python, OpenCV", "python", address)[SCRIPTS.indexOf(which)] ?? "";
  const shown = [
    `import sys; sys.path.insert(0, ${JSON.stringify(join(import.meta.dir, "../python"))})`,
    "import cv2, json, time as its_time, camera as stand_in",
    "cv2.imshow = lambda name, frame: print(json.dumps(stand_in.read_strip(frame)), flush=True)",
    `cv2.waitKey = lambda ms: its_time.sleep(${pauseMs / 1000}) or -1`,
  ].join("\n");
  return [PYTHON, "-u", "-c", `${shown}\n${script}`];
}
