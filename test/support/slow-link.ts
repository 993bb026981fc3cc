// Parts: nftables
import { Namespace } from "./namespaces.ts";
import { tbf } from "./tbf.ts";

/** Two machines that reach each other over a link of a given rate, and nothing else. Needs root. */
export class SlowLink implements AsyncDisposable {
  static readonly serverAddress = "10.78.0.1";
  static #links = 0;

  private constructor(
    readonly server: Namespace,
    readonly viewer: Namespace,
  ) {}

  /** @param rate as tc takes it: "8mbit" */
  static async create(rate: string): Promise<SlowLink> {
    SlowLink.#links += 1;
    const name = `lanvid-slow-${process.pid}-${SlowLink.#links}`;
    await using stack = new AsyncDisposableStack();
    const server = await Namespace.create(`${name}-server`);
    stack.defer(() => server.remove());
    const viewer = await Namespace.create(`${name}-viewer`);
    stack.defer(() => viewer.remove());
    await server.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", viewer.name);
    await server.address("eth0", `${SlowLink.serverAddress}/24`);
    await viewer.address("eth0", "10.78.0.2/24");
    const link = new SlowLink(server, viewer);
    await link.setRate(rate);
    stack.move();
    return link;
  }

  /** Makes the link wider or narrower, in both directions; what is on its way stays so. */
  async setRate(rate: string): Promise<void> {
    await this.#shape(tbf(rate));
  }

  /** As `setRate`, with a queue of 50 ms whatever that is in bytes: a link that drops packets. */
  async setShortQueue(rate: string): Promise<void> {
    await this.#shape(tbf(rate, 0));
  }

  /** From now on, this many of a hundred packets to the viewer are lost. */
  async lose(percent: number): Promise<void> {
    const rule = `numgen random mod 100 < ${percent} drop`;
    const chain = `chain input { type filter hook input priority 0; ${rule} ; }`;
    await this.viewer.run("nft", `table inet lossy { ${chain} ; }`);
  }

  async #shape(shape: readonly string[]): Promise<void> {
    for (const end of [this.server, this.viewer]) {
      await end.run("tc", "qdisc", "replace", "dev", "eth0", ...shape);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.server.remove(), this.viewer.remove()]);
  }
}
