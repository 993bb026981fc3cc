import type { Command } from "commander";
import { NO_RECEPTION_FIGURES, NO_SENDING_FIGURES, push, receive, serve, watch } from "../commands.ts";
import { usageError } from "../errors.ts";
import { parseAddress } from "../net.ts";
import { isFile } from "./customary.ts";
import { runDevices } from "./devices.ts";
import { runDoctor } from "./doctor.ts";
import type { ExitCode } from "./exit-code.ts";
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
import { viewingOptions } from "./receiving-values.ts";
import { type Role, run } from "./run.ts";
import { sendingOptions } from "./sending-values.ts";
import { guarded } from "./uncaught.ts";
import { receivingWords, sendingWords } from "./words.ts";

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
type DoctorCommandValues = GeneralValues & FfmpegValues & PageValues & DoctorValues;

/** Makes a command of the program. @param usage its name and arguments */
export type MakeCommand = (usage: string, description: string) => Command;

/**
 * Adds all commands with their options, and what they do.
 * @param extra what followed `--`: arguments for ffmpeg
 * @param onEnd told what the process must end with
 */
export function addCommands(command: MakeCommand, extra: readonly string[], onEnd: (code: ExitCode) => void): void {
  addServeOptions(
    command("serve [source]", "Stream a source to everyone who connects.").action(
      async (source: string | undefined, values: ServeValues) => onEnd(await runServe(source, values, extra)),
    ),
  );
  addWatchOptions(
    command("watch [address]", "Show the stream of a lanvid serve.").action(
      async (address: string | undefined, values: WatchValues) => onEnd(await runWatch(address, values)),
    ),
  );
  addPushOptions(
    command("push <address> [source]", "Connect to a lanvid receive and stream to it.").action(
      async (address: string, source: string | undefined, values: PushValues) =>
        onEnd(await runPush(address, source, values, extra)),
    ),
  );
  addReceiveOptions(
    command("receive", "Wait for a lanvid push and show its stream.")
      .alias("listen")
      .action(async (values: ReceiveValues) => onEnd(await runReceive(values))),
  );
  addDevicesOptions(
    command("devices", "List the cameras and screens of this machine.").action((values: DevicesValues) =>
      runDevices(values),
    ),
  );
  addDoctorOptions(
    command(
      "doctor [address]",
      "Check this machine, and the connection to another; exit code 1 if something would not work.",
    ).action(async (address: string | undefined, values: DoctorCommandValues) =>
      onEnd(
        await guarded(
          () => runDoctor(address, values),
          () => undefined,
          0,
        ),
      ),
    ),
  );
}

function runServe(source: string | undefined, values: ServeValues, extra: readonly string[]): Promise<ExitCode> {
  const { port, bind = null, public: isPublic = false, http } = values;
  const httpPorts = http === undefined ? HTTP_PORTS : [http].filter((one) => one !== "off");
  return run(values, SENDING, (reporter, printer, signal) => {
    if (source !== undefined) {
      assertSource(source);
    }
    const sending = sendingOptions(source, extra, values, printer);
    const names = { allowedHosts: values.allowHost, allowedEmbedders: values.allowEmbed };
    const addressing = { port, bind, isPublic, httpPorts, ...names, limits: values };
    const options = { ...sending, ...addressing, preview: values.preview === true };
    return serve(options, reporter, printer, signal);
  });
}

function runWatch(address: string | undefined, values: WatchValues): Promise<ExitCode> {
  return run(values, receiving(address ?? ""), async (reporter, printer, signal) => {
    if (address === undefined) {
      throw usageError("cannot watch: no address is given", "name the machine that serves: lanvid watch 10.0.0.4");
    }
    assertMachine("watch", address);
    const viewing = viewingOptions(values, values.json === true);
    const options = { ...viewing, address: parseAddress(address), retry: values.retry };
    return watch(options, reporter, printer, signal);
  });
}

function runPush(
  address: string,
  source: string | undefined,
  values: PushValues,
  extra: readonly string[],
): Promise<ExitCode> {
  return run(values, SENDING, async (reporter, printer, signal) => {
    if (source !== undefined && /^\d+$/.test(source) && !isFile(source)) {
      const likely = likelyLine(["push", address, source]) ?? "lanvid push 10.0.0.4:10050";
      throw usageError(`cannot open "${source}": there is no such file`, `did you mean ${likely}?`);
    }
    assertMachine("push", address);
    const sending = sendingOptions(source, extra, values, printer);
    const options = { ...sending, address: parseAddress(address), retry: values.retry };
    return push(options, reporter, printer, signal);
  });
}

function runReceive(values: ReceiveValues): Promise<ExitCode> {
  const { port, bind = null, public: isPublic = false } = values;
  return run(values, receiving(null), async (reporter, printer, signal) => {
    const options = { ...viewingOptions(values, values.json === true), port, bind, isPublic, limits: values };
    return receive(options, reporter, printer, signal);
  });
}
