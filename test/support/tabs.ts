// Parts: chromium
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEADLINE_MS, waitFor } from "./wait.ts";

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
    await waitFor("Chromium", () => existsSync(file) && readFileSync(file, "utf8").includes("\n"));
    browser.#port = Number.parseInt(readFileSync(file, "utf8"), 10);
    return browser;
  }

  /** Opens a tab in front of the others. */
  async open(url: string): Promise<Tab> {
    const target = (await (await this.#ask(`new?${encodeURIComponent(url)}`, "PUT")).json()) as Target;
    return await this.#tab(target);
  }

  /** Opens a tab behind the one that is seen. */
  async openBehind(url: string): Promise<Tab> {
    const { webSocketDebuggerUrl } = (await (await this.#ask("version")).json()) as Pick<
      Target,
      "webSocketDebuggerUrl"
    >;
    using browser = await Debugged.attach(webSocketDebuggerUrl);
    const { targetId } = await browser.call<{ targetId: string }>("Target.createTarget", { url, background: true });
    const page = { id: targetId, webSocketDebuggerUrl: `ws://127.0.0.1:${this.#port}/devtools/page/${targetId}` };
    return await this.#tab(page);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  async #tab({ id, webSocketDebuggerUrl }: Target): Promise<Tab> {
    return new Tab(await Debugged.attach(webSocketDebuggerUrl), async () => {
      await this.#ask(`activate/${id}`);
    });
  }

  #ask(path: string, method = "GET"): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#port}/json/${path}`, { method });
  }
}

/** What can be asked of a browser, or of one of its pages, by the DevTools protocol. */
class Debugged implements Disposable {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: unknown) => void>();
  #last = 0;

  private constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("message", ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { readonly id: number; readonly result: unknown };
      this.#answers.get(id)?.(result);
      this.#answers.delete(id);
    });
  }

  static async attach(url: string): Promise<Debugged> {
    const debugged = new Debugged(url);
    await new Promise((resolve) => debugged.#socket.addEventListener("open", resolve, { once: true }));
    return debugged;
  }

  async call<T>(method: string, params: Record<string, unknown>): Promise<T> {
    this.#last += 1;
    const id = this.#last;
    const answer = new Promise<unknown>((resolve) => this.#answers.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    return (await answer) as T;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** One tab. */
export class Tab {
  readonly #page: Debugged;

  constructor(
    page: Debugged,
    /** Puts it in front of the others. */
    readonly bringToFront: () => Promise<void>,
  ) {
    this.#page = page;
  }

  /** What a JavaScript expression gives there. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result } = await this.#page.call<{ readonly result: { readonly value: T } }>("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    return result.value;
  }

  /** @throws Error that names the expression when it isn't true within `deadlineMs` */
  async becomesTrue(expression: string, deadlineMs = DEADLINE_MS): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!(await this.evaluate(`Boolean(${expression})`))) {
      if (performance.now() > deadline) {
        throw new Error(`waited ${deadlineMs} ms for ${expression}`);
      }
      await Bun.sleep(20);
    }
  }
}
