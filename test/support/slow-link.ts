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

  /** Makes the link wider or narrower, in both directions. */
  async setRate(rate: string): Promise<void> {
    for (const end of [this.server, this.viewer]) {
      await end.run("tc", "qdisc", "replace", "dev", "eth0", ...tbf(rate));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.server.remove(), this.viewer.remove()]);
  }
}
