import { waitFor } from "./wait.ts";

/** A shell script in a terminal of its own (by util-linux's `script`), with what it shows, and a keyboard. */
export class Terminal implements AsyncDisposable {
  readonly child;
  screen = "";
  readonly #reading: Promise<void>;

  constructor(command: string) {
    this.child = Bun.spawn(["script", "--quiet", "--return", "--flush", "--command", command, "/dev/null"], {
      env: { ...process.env, SHELL: "/bin/bash", TERM: "xterm" },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
    });
    this.#reading = this.#read();
  }

  async press(keys: string): Promise<void> {
    this.child.stdin.write(keys);
    await this.child.stdin.flush();
  }

  /** What it shows, without colours and other sequences. */
  get text(): string {
    return Bun.stripANSI(this.screen);
  }

  shows(text: string): Promise<unknown> {
    return waitFor(
      () => `"${text}" on the screen:\n${this.screen}`,
      () => this.screen.includes(text) || this.text.includes(text),
    );
  }

  /** @returns the expression's first group, or all of it */
  matches(expression: RegExp): Promise<string> {
    return waitFor(
      () => `${expression} on the screen:\n${this.screen}`,
      () => {
        const match = expression.exec(this.text);
        return match?.[1] ?? match?.[0];
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGTERM");
    await this.child.exited;
    await this.#reading;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.child.stdout) {
      this.screen += decoder.decode(chunk, { stream: true });
    }
  }
}
