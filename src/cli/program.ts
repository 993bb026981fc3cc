import { Command, CommanderError, Help } from "commander";
import { asLanvidError } from "../errors.ts";
import { VERSION_LINE } from "../version.ts";
import { addCommands } from "./commands.ts";
import { meant } from "./customary.ts";
import { ExitCode, exitCodeOf } from "./exit-code.ts";
import { helpTail, isShown } from "./help.ts";
import { likelyLine } from "./likely-line.ts";
import { Printer } from "./printer.ts";

/** Every command, by all of its names. */
export const COMMANDS = ["serve", "watch", "push", "receive", "listen", "devices", "doctor"] as const;

/** Runs lanvid with these arguments (without the program's own name), and says what the process must end with. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const [own, extra] = splitAtDashes(args);
  let code: ExitCode = ExitCode.ok;
  try {
    const { args: asked, isWhole } = meant(own, COMMANDS);
    const onEnd = (ended: ExitCode) => {
      code = ended;
    };
    await createProgram(extra, onEnd, isWhole, likelyLine(asked)).parseAsync(asked, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) {
        return ExitCode.ok;
      }
      sayEnd(own, ExitCode.usage, inOurWords(error.message).split("\n")[0] as string);
      return ExitCode.usage;
    }
    const fault = asLanvidError(error);
    new Printer(own.includes("--verbose") ? "verbose" : "normal").error(fault);
    const code = exitCodeOf(fault);
    sayEnd(own, code, fault.message);
    return code;
  }
}

/** The last line of what --json prints, for a command that has not begun. */
function sayEnd(args: readonly string[], code: ExitCode, message: string): void {
  if (args.includes("--json") && !["devices", "doctor"].includes(args[0] as string)) {
    new Printer("quiet").event("end", { reason: "error", code, message });
  }
}

/**
 * The program with all its commands.
 * @param extra what followed `--`: arguments for ffmpeg
 * @param onEnd told what the process must end with
 * @param isWhole help has all options, not only the main ones
 * @param likely the line that is suggested when this one is wrong
 */
export function createProgram(
  extra: readonly string[],
  onEnd: (code: ExitCode) => void,
  isWhole: boolean,
  likely: string | null = null,
): Command {
  const hint = likely === null ? "run it with --help to see what there is" : `did you mean ${likely}?`;
  const program = new Command("lanvid")
    .description("Live video from one machine to the others on your own network.")
    .version(VERSION_LINE, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .showHelpAfterError(`lanvid: hint: ${hint}`)
    .exitOverride()
    .configureHelp({
      helpWidth: 80,
      showGlobalOptions: false,
      visibleOptions(command) {
        return Help.prototype.visibleOptions.call(this, command).filter((one) => isShown(command, one, isWhole));
      },
    })
    .configureOutput({
      outputError: (text, write) => write(`lanvid: error: ${inOurWords(text)}`),
    })
    .addHelpText("after", helpTail("lanvid", isWhole));
  const command = (usage: string, description: string) => {
    const name = usage.split(" ")[0] as string;
    return program
      .command(usage)
      .description(description)
      .helpOption("-h, --help", "print this help")
      .addHelpText("after", helpTail(name, isWhole));
  };

  addCommands(command, extra, onEnd);
  return program;
}

/** Commander's complaint as our texts are: no full stop, one line each for what is wrong and what to do. */
function inOurWords(text: string): string {
  return text
    .replace(/^error: /, "")
    .replace(/ is invalid\. (\w)/, (_, letter: string) => ` is invalid: ${letter.toLowerCase()}`)
    .replace(/\.$/m, "")
    .replace(/^\(Did you mean (.*)\?\)$/m, "lanvid: hint: did you mean $1?");
}

function splitAtDashes(args: readonly string[]): [string[], string[]] {
  const at = args.indexOf("--");
  return at < 0 ? [[...args], []] : [args.slice(0, at), args.slice(at + 1)];
}
