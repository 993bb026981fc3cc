import { joinBytes } from "../media.ts";
import { type Clock, systemClock } from "../time.ts";
import { type ReceiverTransport, splitMessages, withLength } from "../wire.ts";
import type { ConnectionEvents } from "./socket-transport.ts";

/** Bytes of messages in one request: lanvid takes 1024. */
const MOST_BYTES = 900;
/** So long a picture may take to be shown before the next one is asked for, ms: what is acknowledged by then needs no request of its own. */
const SHOWING_MS = 15;
/** An answer comes within 5 s, but through what is in between; ms. */
const PATIENCE_MS = 15_000;

/**
 * Connects by requests alone: one that waits for what comes next, at most one picture, and now and then one that says something
 * meanwhile. The server's side is `viewer/polling.ts`.
 * @param address the stream's page
 */
export function connectByRequests(address: string, events: ConnectionEvents, clock = systemClock): ReceiverTransport {
  return new RequestTransport(address, events, clock);
}

class RequestTransport implements ReceiverTransport {
  readonly #address: string;
  readonly #events: ConnectionEvents;
  readonly #clock: Clock;
  readonly #id = randomId();
  readonly #abort = new AbortController();
  #queue: Uint8Array[] = [];
  /** A request that says something is under way: the next one must not overtake it. */
  #isSaying = false;
  /** Ends the pause before the next take. */
  #hurry: (() => void) | null = null;
  #isTaking = false;
  #isClosed = false;

  constructor(address: string, events: ConnectionEvents, clock: Clock) {
    this.#address = address;
    this.#events = events;
    this.#clock = clock;
    clock.after(0, () => {
      if (!this.#isClosed) {
        events.onOpen();
        void this.#run();
      }
    });
  }

  send(payload: Uint8Array): void {
    if (this.#isClosed) {
      return;
    }
    this.#queue.push(payload);
    this.#hurry?.();
    if (this.#isTaking) {
      void this.#say();
    }
  }

  /** What was sent last goes out, if it can. */
  close(): void {
    if (this.#isClosed) {
      return;
    }
    const last = this.#dequeue();
    this.#isClosed = true;
    this.#hurry?.();
    this.#abort.abort();
    if (last.length > 0) {
      fetch(this.#url(""), { method: "POST", body: last, keepalive: true }).catch(() => {});
    }
    this.#events.onClose();
  }

  async #run(): Promise<void> {
    // The hello: without it there is nothing to take.
    await this.#say();
    while (!this.#isClosed) {
      const answer = await this.#ask("&take=1", this.#isSaying ? new Uint8Array() : this.#dequeue());
      if (answer === null) {
        return;
      }
      try {
        for (const payload of splitMessages(answer)) {
          this.#events.onMessage(payload);
        }
      } catch {
        this.close();
        return;
      }
      if (answer.length > MOST_BYTES && this.#queue.length === 0) {
        await this.#pause();
      }
    }
  }

  /** A picture came: waits for its acknowledgement, but not for long. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        timer[Symbol.dispose]();
        this.#hurry = null;
        resolve();
      };
      const timer = this.#clock.after(SHOWING_MS, done);
      this.#hurry = done;
    });
  }

  async #say(): Promise<void> {
    while (!this.#isSaying && !this.#isClosed && this.#queue.length > 0) {
      this.#isSaying = true;
      await this.#ask("", this.#dequeue());
      this.#isSaying = false;
    }
  }

  /** @returns null when that was the end */
  async #ask(what: string, body: Uint8Array<ArrayBuffer>): Promise<Uint8Array | null> {
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(PATIENCE_MS)]);
    this.#isTaking ||= what !== "";
    try {
      const response = await fetch(this.#url(what), { method: "POST", body, signal });
      if (response.ok) {
        return new Uint8Array(await response.arrayBuffer());
      }
    } catch {
      // No connection, or nobody needs it any more.
    } finally {
      this.#isTaking &&= what === "";
    }
    this.close();
    return null;
  }

  #dequeue(): Uint8Array<ArrayBuffer> {
    const taken: Uint8Array[] = [];
    let length = 0;
    for (let next = this.#queue[0]; next !== undefined && length + next.length < MOST_BYTES; next = this.#queue[0]) {
      taken.push(withLength(next));
      length += next.length + 8;
      this.#queue.shift();
    }
    return joinBytes(taken);
  }

  #url(what: string): URL {
    return new URL(`link?id=${this.#id}${what}`, this.#address);
  }
}

/** What lanvid, or what is in between, says to a page that asks whether it would be served: it may, why not, or nothing that is known. */
export type Answer = "yes" | "silence" | { readonly message: string; readonly hint: string | null };

/** Asks without a WebSocket, where one can't be made. @param address the stream's page */
export async function askWhy(address: string): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(new URL("link", address), { method: "POST", signal });
    return response.ok ? "yes" : reasonIn(await response.text(), response);
  } catch {
    return "silence";
  }
}

function reasonIn(text: string, { status, statusText }: Response): Answer {
  try {
    const { message, hint } = (JSON.parse(text) as { readonly error: Record<string, unknown> }).error;
    return { message: String(message), hint: typeof hint === "string" ? hint : null };
  } catch {
    // Not lanvid's words.
    const answer = `${status} ${statusText}`.trim();
    return { message: `something between this browser and lanvid, such as a proxy, answers "${answer}"`, hint: null };
  }
}

/** A UUID. Browsers have `crypto.randomUUID` on localhost and https only. */
function randomId(): string {
  const digits = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
