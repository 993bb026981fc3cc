import type { End, Reporter } from "../commands.ts";
import { asLanvidError, type LanvidError } from "../errors.ts";
import { ignoresHangup } from "../sys.ts";
import { VERSION } from "../version.ts";
import { ExitCode, exitCodeOf } from "./exit-code.ts";
import { readKeys } from "./keys.ts";
import type { GeneralValues } from "./options.ts";
import { type Level, Printer } from "./printer.ts";
import { guarded } from "./uncaught.ts";
import type { Words } from "./words.ts";

/** How long an orderly end may take after a fault, ms: a recording waits 10 s for its disk. */
const PATIENCE_MS = 15_000;

/** What kind of command it is. */
export interface Role {
  /** Its words for a person; JSON needs none. @param hasKeys keys are read and answered */
  readonly words: (printer: Printer, hasKeys: boolean) => Words;
  /** The figures that its `end` event has, when it failed before there were any. */
  readonly noFigures: object;
}

/**
 * Runs a command from its beginning to its end: signals and keys, what is printed, the last line, the exit code.
 */
export async function run(
  values: GeneralValues,
  { words, noFigures }: Role,
  command: (reporter: Reporter, printer: Printer, signal: AbortSignal) => Promise<End>,
): Promise<ExitCode> {
  const printer = new Printer(levelOf(values));
  const ending = new AbortController();
  const keys = readKeys((key) => {
    if (key === "q") {
      ending.abort("quit");
    } else if (key === "ctrl-c") {
      interrupt();
    } else if (!ending.signal.aborted) {
      said?.key(key);
    }
  });
  const releaseKeys = () => keys?.release();
  const said = values.json ? null : words(printer, keys !== null && !printer.isQuiet);
  const reporter = said ?? jsonReporter(printer);
  const interrupt = () => {
    if (ending.signal.aborted) {
      releaseKeys();
      // Somebody insists: our children die with us.
      process.kill(process.pid, "SIGKILL");
    }
    ending.abort("signal");
  };
  using _signals = heed(interrupt, () => ending.abort("signal"));
  const sayEnd = (end: FinalEnd) => printEnd(printer, end, values.json === true);
  let fault: LanvidError | null = null;
  const onFault = (error: LanvidError) => {
    fault = error;
    ending.abort("fault");
  };
  try {
    const end = await guarded(() => command(reporter, printer, ending.signal), onFault, PATIENCE_MS);
    return sayEnd(fault === null ? end : endOf(fault, end.figures));
  } catch (error) {
    const end = endOf(fault ?? asLanvidError(error), noFigures);
    if (error === fault) {
      // It has not ended: whatever gives the terminal back when the process exits does so before this is written to it.
      process.once("exit", () => sayEnd(end));
      return codeOf(end);
    }
    return sayEnd(end);
  } finally {
    releaseKeys();
  }
}

/** Hears the signals that end a program; disposing of it hears no more. @param interrupt Ctrl+C, which may come again */
function heed(interrupt: () => void, terminate: () => void): Disposable {
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", terminate);
  // Whoever started us by nohup does not want us to end with the terminal.
  if (!ignoresHangup()) {
    process.on("SIGHUP", terminate);
  }
  // Whoever read our answers has gone: so do we, as other programs in a pipe do.
  process.stdout.on("error", terminate);
  return {
    [Symbol.dispose]() {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", terminate);
      process.off("SIGHUP", terminate);
      process.stdout.off("error", terminate);
    },
  };
}

/** The last line. @returns the exit code */
function printEnd(printer: Printer, end: FinalEnd, isJson: boolean): ExitCode {
  const { figures, reason, message, error } = end;
  const code = codeOf(end);
  printer.endStatus();
  if (error !== undefined) {
    printer.error(error);
  }
  if (isJson) {
    printer.event("end", { ...figures, reason, code, message });
  } else if (error === undefined) {
    printer.info(message);
  }
  return code;
}

/** What is said at the end. */
type FinalEnd = Omit<End, "figures"> & { readonly figures: object };

function codeOf({ error }: FinalEnd): ExitCode {
  return error === undefined ? ExitCode.ok : exitCodeOf(error);
}

function endOf(error: LanvidError, figures: object): FinalEnd {
  return { reason: "error", message: error.message, figures, error };
}

/** How much is printed: a flag beats LANVID_LOG. */
export function levelOf({ quiet, verbose, log, view }: GeneralValues & { readonly view?: string }): Level {
  // The picture is in the terminal: words would go across it.
  if (quiet || view === "terminal") {
    return "quiet";
  }
  return verbose ? "verbose" : (log ?? "normal");
}

function jsonReporter(printer: Printer): Reporter {
  return {
    ready: (ready) => printer.event("ready", { version: VERSION, ...ready }),
    addresses: (more) => printer.event("addresses", more),
    source: (seen) => printer.event("source", seen),
    stats: (figures) => printer.event("stats", figures),
  };
}
