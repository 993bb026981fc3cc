// Parts: iproute
/** How often the kernels are asked, ms. */
const LOOK_MS = 200;

/** Watches what the kernels at both ends of a link hold of its connections: not yet acknowledged, or not yet read. */
export class KernelQueues implements AsyncDisposable {
  #mostBytes = 0;
  #isOver = false;
  readonly #watching: Promise<void>;

  /** @param ends words before a command, to run it at the sending and at the receiving end */
  constructor(ends: { readonly server: readonly string[]; readonly viewer: readonly string[] }) {
    this.#watching = this.#watch(ends);
  }

  /** The most that both held at one moment, bytes. */
  get mostBytes(): number {
    return this.#mostBytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#watching;
  }

  async #watch({ server, viewer }: { readonly server: readonly string[]; readonly viewer: readonly string[] }) {
    while (!this.#isOver) {
      const [sent, received] = await Promise.all([queues(server), queues(viewer)]);
      this.#mostBytes = Math.max(this.#mostBytes, sent.toSend + received.toRead);
      await Bun.sleep(LOOK_MS);
    }
  }
}

/** ss(8): the columns Recv-Q and Send-Q. */
async function queues(within: readonly string[]): Promise<{ readonly toRead: number; readonly toSend: number }> {
  const child = Bun.spawn([...within, "ss", "-tnH", "state", "established"], { stdout: "pipe", stderr: "ignore" });
  const lines = (await child.stdout.text()).trim().split("\n");
  const sum = (column: number) =>
    lines.reduce((total, line) => total + (Number(line.trim().split(/\s+/)[column]) || 0), 0);
  return { toRead: sum(0), toSend: sum(1) };
}
