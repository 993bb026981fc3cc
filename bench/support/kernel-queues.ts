import type { Namespace } from "../../test/support/namespaces.ts";
import type { SlowLink } from "../../test/support/slow-link.ts";

/** How often the kernels are asked, ms. */
const LOOK_MS = 200;

/** Watches what the kernels at both ends of a link hold of its connections: not yet acknowledged, or not yet read. */
export class KernelQueues implements AsyncDisposable {
  #mostBytes = 0;
  #isOver = false;
  readonly #watching: Promise<void>;

  constructor(link: SlowLink) {
    this.#watching = this.#watch(link);
  }

  /** The most that both held at one moment, bytes. */
  get mostBytes(): number {
    return this.#mostBytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#watching;
  }

  async #watch({ server, viewer }: SlowLink): Promise<void> {
    while (!this.#isOver) {
      const [sent, received] = await Promise.all([queues(server), queues(viewer)]);
      this.#mostBytes = Math.max(this.#mostBytes, sent.toSend + received.toRead);
      await Bun.sleep(LOOK_MS);
    }
  }
}

/** ss(8): the columns Recv-Q and Send-Q. */
async function queues(end: Namespace): Promise<{ readonly toRead: number; readonly toSend: number }> {
  const lines = (await end.run("ss", "-tnH", "state", "established")).trim().split("\n");
  const sum = (column: number) =>
    lines.reduce((total, line) => total + (Number(line.trim().split(/\s+/)[column]) || 0), 0);
  return { toRead: sum(0), toSend: sum(1) };
}
