// Parts: iproute, nftables
import { tbf } from "../../test/support/tbf.ts";
import { atExit } from "./cleanup.ts";

/** The two ends' addresses: they exist in the link's own namespaces only. */
const SERVER_ADDRESS = "10.203.77.1";
const VIEWER_ADDRESS = "10.203.77.2";

let links = 0;

/**
 * Two network namespaces that reach each other and nothing else, over a link of a given rate. Needs root. Ended by
 * `await using`, after the programs inside; also when the bench is interrupted.
 */
export class ShapedLink implements AsyncDisposable {
  readonly serverAddress = SERVER_ADDRESS;
  readonly #devices: readonly (readonly [namespace: string, device: string])[];
  readonly #server: string;
  readonly #viewer: string;
  readonly #forget: () => void;
  #isOver = false;

  /** @param rate as tc takes it: "10mbit" */
  constructor(rate: string) {
    links += 1;
    const prefix = `lanvid-bench-${process.pid}-${links}`;
    this.#server = `${prefix}-server`;
    this.#viewer = `${prefix}-viewer`;
    this.#forget = atExit(() => this.#remove());
    const [a, b] = [`lvb${process.pid}s`, `lvb${process.pid}v`];
    run("ip", "netns", "add", this.#server);
    run("ip", "netns", "add", this.#viewer);
    run("ip", "-n", this.#server, "link", "add", a, "type", "veth", "peer", "name", b, "netns", this.#viewer);
    this.#devices = [
      [this.#server, a],
      [this.#viewer, b],
    ];
    raise(this.#server, a, SERVER_ADDRESS);
    raise(this.#viewer, b, VIEWER_ADDRESS);
    this.#shape("add", tbf(rate));
  }

  /** Words before a command that shall run at the server's end. */
  get atServer(): readonly string[] {
    return ["ip", "netns", "exec", this.#server];
  }

  /** Words before a command that shall run at the viewer's end. */
  get atViewer(): readonly string[] {
    return ["ip", "netns", "exec", this.#viewer];
  }

  /** Makes the link wider or narrower, in both directions; what is on its way stays so. */
  setRate(rate: string): void {
    this.#shape("change", tbf(rate));
  }

  /** As `setRate`, with a queue of 50 ms whatever that is in bytes: a link that drops packets. */
  setShortQueue(rate: string): void {
    this.#shape("change", tbf(rate, 0));
  }

  /** From now on, so many of a hundred packets to the viewer are lost. Needs nftables. */
  lose(percent: number): void {
    const chain = "type filter hook input priority 0;";
    const rule = `numgen random mod 100 < ${percent} drop`;
    run(...this.atViewer, "nft", `table inet lossy { chain input { ${chain} ${rule} ; } ; }`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#remove();
    this.#forget();
  }

  #shape(how: "add" | "change", shape: readonly string[]): void {
    for (const [namespace, device] of this.#devices) {
      run(...["ip", "netns", "exec", namespace, "tc", "qdisc", how, "dev", device], ...shape);
    }
  }

  #remove(): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    for (const name of [this.#server, this.#viewer]) {
      Bun.spawnSync(["ip", "netns", "delete", name], { stderr: "ignore", timeout: 10_000 });
    }
  }
}

function raise(namespace: string, device: string, address: string): void {
  run("ip", "-n", namespace, "address", "add", `${address}/24`, "dev", device);
  run("ip", "-n", namespace, "link", "set", device, "up");
  run("ip", "-n", namespace, "link", "set", "lo", "up");
}

function run(...command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command, { stdin: "ignore", stderr: "pipe", timeout: 10_000 });
  if (!success) {
    throw new Error(`cannot run "${command.join(" ")}": ${stderr.toString().trim()} (a shaped link needs root)`);
  }
}
