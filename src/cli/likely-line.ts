import { DEFAULT_PORT, formatAddress, parseAddress } from "../net.ts";
import { isHost, lineOf } from "./customary.ts";

/** The line that was probably meant, of one that is wrong: options as other programs call them, and a port of its own. */

interface Customs {
  /** What other programs call an option, and what it is here; "" where no option is needed. */
  readonly options: Readonly<Record<string, string>>;
  /** It takes the address of a machine, which has the port in it. */
  readonly takesAddress: boolean;
}

const GENERAL = { "-v": "--verbose", "-q": "--quiet" };
const SENDING = { "-i": "", "--input": "", "--source": "", "-s": "--size", "-r": "--fps", "--framerate": "--fps" };
const RECEIVING = { "--record": "--output", "--out": "--output", "--save": "--output", "-y": "--force" };
const DIALLING = { "--host": "", "--address": "" };
const ACCEPTING = { "-p": "--port", "--host": "--bind", "--address": "--bind" };

const RECEIVE: Customs = { options: { ...GENERAL, ...RECEIVING, ...ACCEPTING }, takesAddress: false };

const CUSTOMS: Readonly<Record<string, Customs>> = {
  serve: { options: { ...GENERAL, ...SENDING, ...ACCEPTING }, takesAddress: false },
  receive: RECEIVE,
  listen: RECEIVE,
  watch: { options: { ...GENERAL, ...RECEIVING, ...DIALLING }, takesAddress: true },
  push: { options: { ...GENERAL, ...SENDING, ...DIALLING }, takesAddress: true },
  doctor: { options: { ...GENERAL, ...DIALLING }, takesAddress: true },
  devices: { options: GENERAL, takesAddress: false },
};

/** @param args a command and what follows it. @returns null when it is not known what else was meant */
export function likelyLine(args: readonly string[]): string | null {
  const [command = "", ...rest] = args;
  const customs = CUSTOMS[command];
  if (customs === undefined) {
    return null;
  }
  const given = rest.flatMap((word) => /^(--[\w-]+)=(.*)$/.exec(word)?.slice(1) ?? [word]);
  const words = given.flatMap((word) => {
    const own = Object.hasOwn(customs.options, word) ? customs.options[word] : word;
    return own === undefined || own === "" ? [] : [own];
  });
  const isAddressForWatch = ["receive", "listen"].includes(command) && isHost(words[0] ?? "");
  const meant = customs.takesAddress ? withPort(words, command) : words;
  return isAddressForWatch || meant.join("\0") !== given.join("\0")
    ? lineOf([isAddressForWatch ? "watch" : command, ...meant])
    : null;
}

/** Puts a port that stands alone, or behind --port, into the address. Doctor has a --port of its own. */
function withPort(words: readonly string[], command: string): readonly string[] {
  const at = words[0]?.startsWith("-") === false ? 0 : words.findIndex(isHost);
  if (at < 0) {
    return words;
  }
  const option = command === "doctor" ? -1 : words.findIndex((word) => ["--port", "-p"].includes(word));
  const port = words[option < 0 ? at + 1 : option + 1] ?? "";
  const address = addressWith(words[at] as string, port);
  if (address === null) {
    return words;
  }
  const leftOut = option < 0 ? [at + 1] : [option, option + 1];
  return words.with(at, address).filter((_, index) => !leftOut.includes(index));
}

function addressWith(host: string, port: string): string | null {
  if (!/^\d{1,5}$/.test(port)) {
    return null;
  }
  try {
    const address = parseAddress(host);
    const isFree = address.isPage !== true && address.port === DEFAULT_PORT;
    return isFree ? formatAddress(parseAddress(formatAddress({ ...address, port: Number(port) }))) : null;
  } catch {
    // No port, or no address.
    return null;
  }
}
