import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "./wait.ts";

/** A page in a tab, as the DevTools protocol knows it. */
interface Target {
  readonly id: string;
  readonly webSocketDebuggerUrl: string;
}

/**
 * A Chromium window with tabs on an X screen, of which one is seen and the others are hidden. (Playwright tells every page
 * that it is seen.)
 */
export class TabbedChromium implements AsyncDisposable {
  readonly #child: Bun.Subprocess;
  readonly #profile: string;
  #port = 0;

  private constructor(display: string) {
    this.#profile = mkdtempSync(join(tmpdir(), "lanvid-chromium-"));
    this.#child = Bun.spawn(
      [
        process.env["CHROMIUM"] ?? "/usr/bin/chromium",
        ..."--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync".split(" "),
        ..."--disable-component-update --remote-debugging-port=0 --window-position=0,0".split(" "),
        `--user-data-dir=${this.#profile}`,
        "about:blank",
      ],
      { env: { ...process.env, DISPLAY: display }, stdin: "ignore", stdout: "ignore", stderr: "ignore" },
    );
  }

  static async launch(display: string): Promise<TabbedChromium> {
    const browser = new TabbedChromium(display);
    const file = join(browser.#profile, "DevToolsActivePort");
    await waitFor("Chromium", () => existsSync(file) && readFileSync(file, "utf8").includes("\n"), 20_000);
    browser.#port = Number.parseInt(readFileSync(file, "utf8"), 10);
    return browser;
  }

  /** Opens a tab in front of the others. */
  async open(url: string): Promise<Tab> {
    const target = (await (await this.#ask(`new?${encodeURIComponent(url)}`, "PUT")).json()) as Target;
    return await Tab.attach(target, async () => {
      await this.#ask(`activate/${target.id}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  #ask(path: string, method = "GET"): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#port}/json/${path}`, { method });
  }
}

/** One tab. */
export class Tab {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: unknown) => void>();
  #last = 0;

  private constructor(
    url: string,
    /** Puts it in front of the others. */
    readonly bringToFront: () => Promise<void>,
  ) {
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("message", ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { readonly id: number; readonly result: unknown };
      this.#answers.get(id)?.(result);
    });
  }

  static async attach({ webSocketDebuggerUrl }: Target, bringToFront: () => Promise<void>): Promise<Tab> {
    const tab = new Tab(webSocketDebuggerUrl, bringToFront);
    await new Promise((resolve) => tab.#socket.addEventListener("open", resolve, { once: true }));
    return tab;
  }

  /** What a JavaScript expression gives there. */
  async evaluate<T>(expression: string): Promise<T> {
    this.#last += 1;
    const id = this.#last;
    const answer = new Promise<unknown>((resolve) => this.#answers.set(id, resolve));
    const params = { expression, returnByValue: true, awaitPromise: true };
    this.#socket.send(JSON.stringify({ id, method: "Runtime.evaluate", params }));
    const { result } = (await answer) as { readonly result: { readonly value: T } };
    this.#answers.delete(id);
    return result.value;
  }

  /** @throws Error that names the expression when it isn't true within `deadlineMs` */
  async becomesTrue(expression: string, deadlineMs = 10_000): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!(await this.evaluate(`Boolean(${expression})`))) {
      if (performance.now() > deadline) {
        throw new Error(`waited ${deadlineMs} ms for ${expression}`);
      }
      await Bun.sleep(20);
    }
  }
}
