import { type Fault, forPeers, type PeerText } from "../errors.ts";
import type { Named } from "../ffmpeg.ts";
import type { Log } from "../log.ts";

/** What peers hear of a source, by its kind: not its name, which may be a path or an address. */
const NOUNS: Readonly<Record<string, PeerText>> = {
  test: forPeers`the test pattern`,
  camera: forPeers`the camera`,
  screen: forPeers`the screen`,
  file: forPeers`the file`,
  url: forPeers`the source's address`,
  stdin: forPeers`standard input`,
};

/** What is said of a source: to the person here by its name, to peers by its kind. */
export class SourceWords implements Named {
  readonly name: string;
  readonly noun: PeerText;
  readonly #log: Log;
  #broken = 0;
  #nextSaidBroken = 10;

  constructor(kind: string, name: string, log: Log) {
    this.name = name;
    this.noun = NOUNS[kind] ?? forPeers`the source`;
    this.#log = log;
  }

  /** The source, and what happened to it. */
  faultOf(reason: PeerText): Fault {
    return { message: `${this.name} ${reason}`, forPeers: forPeers`${this.noun} ${reason}` };
  }

  /** A picture was left out: said of the first, the tenth, the hundredth … */
  sayBroken(fault: string, codec: "mjpeg" | "h264"): void {
    this.#broken += 1;
    if (this.#broken === 1) {
      const what = codec === "h264" ? "H.264" : "JPEG";
      this.#log.warn(`${this.name} gives broken ${what}, which is left out: ${fault}`);
    } else if (this.#broken === this.#nextSaidBroken) {
      this.#nextSaidBroken *= 10;
      this.#log.info(`${this.#broken} broken pictures of ${this.name} were left out`);
    }
  }
}
