import type { ViewingOptions } from "../commands.ts";
import { usageError } from "../errors.ts";
import type { FfmpegValues, PageValues, ReceivingValues } from "./options.ts";

/**
 * What `watch` and `receive` do with the stream, from the command line. A file alone means that nothing is shown.
 * @throws LanvidError (usage) for options that exclude each other
 */
export function viewingOptions(
  values: ReceivingValues & PageValues & FfmpegValues,
  isJson: boolean,
): Omit<ViewingOptions, "title"> {
  const { snapshot = null, output = null, frames = null, force = false, maxDelay = null, name, http } = values;
  if (output === "-" && isJson) {
    throw usageError("cannot print both frames and JSON on stdout", "write the frames to a file, or leave out --json");
  }
  if (output === "-" && process.stdout.isTTY) {
    throw usageError("cannot write frames to a terminal", "pipe them into another program, or write a file");
  }
  if (values.view === "terminal" && (isJson || output === "-")) {
    throw usageError("cannot show the stream in the terminal: stdout is taken", "leave out --json and --output -");
  }
  const isForFiles = snapshot !== null || output !== null;
  const view = values.view ?? (isForFiles ? "none" : "auto");
  return {
    name,
    maxDelayMs: maxDelay,
    frames: frames ?? (snapshot !== null && output === null && view === "none" ? 1 : null),
    snapshot,
    output,
    force,
    view,
    ffmpegPath: values.ffmpeg,
    httpPort: http === "off" ? null : (http ?? 0),
  };
}
