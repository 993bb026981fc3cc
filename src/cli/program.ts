import { Command, CommanderError, Help } from "commander";
import { NO_RECEPTION_FIGURES, NO_SENDING_FIGURES, push, receive, serve, watch } from "../app.ts";
import { asLanvidError, usageError } from "../errors.ts";
import { parseAddress } from "../net.ts";
import { VERSION_LINE } from "../version.ts";
import { isFile, meant } from "./customary.ts";
import { runDevices } from "./devices.ts";
import { runDoctor } from "./doctor.ts";
import { ExitCode, exitCodeOf } from "./exit-code.ts";
import { helpTail, isShown } from "./help.ts";
import { likelyLine } from "./likely-line.ts";
import { assertMachine, assertSource } from "./mistaken.ts";
import {
  type AcceptingValues,
  addDevicesOptions,
  addDoctorOptions,
  addPushOptions,
  addReceiveOptions,
  addServeOptions,
  addWatchOptions,
  type DiallingValues,
  type DoctorValues,
  type FfmpegValues,
  type GeneralValues,
  type HostValues,
  type LimitValues,
  type PageValues,
  type PreviewValues,
  type ReceivingValues,
  type SendingValues,
} from "./options.ts";
import { Printer } from "./printer.ts";
import { viewingOptions } from "./receiving-values.ts";
import { type Role, run } from "./run.ts";
import { sendingOptions } from "./sending-values.ts";
import { guarded } from "./uncaught.ts";
import { receivingWords, sendingWords } from "./words.ts";

/** Every command, by all of its names. */
export const COMMANDS = ["serve", "watch", "push", "receive", "listen", "devices", "doctor"] as const;

/** Ports that are tried for the page when none is asked for: 8080 to 8100. */
const HTTP_PORTS = Array.from({ length: 21 }, (_, index) => 8080 + index);

const SENDING: Role = { words: sendingWords, noFigures: NO_SENDING_FIGURES };

/** @param host whom it connects to; null for one that waits */
function receiving(host: string | null): Role {
  return {
    words: (printer, hasKeys) => receivingWords(printer, hasKeys, host),
    noFigures: NO_RECEPTION_FIGURES,
  };
}

type ServeValues = GeneralValues &
  PreviewValues &
  SendingValues &
  FfmpegValues &
  AcceptingValues &
  LimitValues &
  PageValues &
  HostValues;
type WatchValues = GeneralValues & FfmpegValues & ReceivingValues & DiallingValues & PageValues;
type PushValues = GeneralValues & SendingValues & FfmpegValues & DiallingValues;
type ReceiveValues = GeneralValues & FfmpegValues & ReceivingValues & AcceptingValues & LimitValues & PageValues;
type DevicesValues = GeneralValues & FfmpegValues;

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

  const serveCommand = command("serve [source]", "Stream a source to everyone who connects.").action(
    async (source: string | undefined, values: ServeValues) => {
      const { port, bind = null, public: isPublic = false, http } = values;
      const httpPorts = http === undefined ? HTTP_PORTS : [http].filter((one) => one !== "off");
      onEnd(
        await run(values, SENDING, (reporter, printer, signal) => {
          if (source !== undefined) {
            assertSource(source);
          }
          const sending = sendingOptions(source, extra, values, printer);
          const names = { allowedHosts: values.allowHost, allowedEmbedders: values.allowEmbed };
          const addressing = { port, bind, isPublic, httpPorts, ...names, limits: values };
          const options = { ...sending, ...addressing, preview: values.preview === true };
          return serve(options, reporter, printer, signal);
        }),
      );
    },
  );
  addServeOptions(serveCommand);

  const watchCommand = command("watch [address]", "Show the stream of a lanvid serve.").action(
    async (address: string | undefined, values: WatchValues) => {
      onEnd(
        await run(values, receiving(address ?? ""), async (reporter, printer, signal) => {
          if (address === undefined) {
            throw usageError(
              "cannot watch: no address is given",
              "name the machine that serves: lanvid watch 10.0.0.4",
            );
          }
          assertMachine("watch", address);
          const viewing = viewingOptions(values, values.json === true);
          const options = { ...viewing, address: parseAddress(address), retry: values.retry };
          return watch(options, reporter, printer, signal);
        }),
      );
    },
  );
  addWatchOptions(watchCommand);

  const pushCommand = command("push <address> [source]", "Connect to a lanvid receive and stream to it.").action(
    async (address: string, source: string | undefined, values: PushValues) => {
      onEnd(
        await run(values, SENDING, async (reporter, printer, signal) => {
          if (source !== undefined && /^\d+$/.test(source) && !isFile(source)) {
            const likely = likelyLine(["push", address, source]) ?? "lanvid push 10.0.0.4:10050";
            throw usageError(`cannot open "${source}": there is no such file`, `did you mean ${likely}?`);
          }
          assertMachine("push", address);
          const sending = sendingOptions(source, extra, values, printer);
          const options = { ...sending, address: parseAddress(address), retry: values.retry };
          return push(options, reporter, printer, signal);
        }),
      );
    },
  );
  addPushOptions(pushCommand);

  const receiveCommand = command("receive", "Wait for a lanvid push and show its stream.")
    .alias("listen")
    .action(async (values: ReceiveValues) => {
      const { port, bind = null, public: isPublic = false } = values;
      onEnd(
        await run(values, receiving(null), async (reporter, printer, signal) => {
          const options = { ...viewingOptions(values, values.json === true), port, bind, isPublic, limits: values };
          return receive(options, reporter, printer, signal);
        }),
      );
    });
  addReceiveOptions(receiveCommand);

  const devicesCommand = command("devices", "List the cameras and screens of this machine.").action(
    (values: DevicesValues) => runDevices(values),
  );
  addDevicesOptions(devicesCommand);

  const doctorCommand = command(
    "doctor [address]",
    "Check this machine, and the connection to another; exit code 1 if something would not work.",
  ).action(async (address: string | undefined, values: GeneralValues & FfmpegValues & PageValues & DoctorValues) => {
    onEnd(
      await guarded(
        () => runDoctor(address, values),
        () => undefined,
        0,
      ),
    );
  });
  addDoctorOptions(doctorCommand);
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
