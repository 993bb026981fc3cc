import { hostPolicy } from "../access.ts";
import { type Fault, forPeers } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Connection, type Listener, listen } from "../net.ts";
import { sendTo } from "../servers/tcp.ts";
import type { Viewer } from "../servers/web.ts";
import type { Clock } from "../time.ts";
import type { SessionEnd } from "../wire.ts";
import type { Admission } from "./admission.ts";
import { bothSend } from "./both-send.ts";
import type { Sending } from "./sending.ts";

export interface StreamPortOptions {
  readonly port: number;
  /** The address to listen on; null for all. */
  readonly bind: string | null;
  readonly maxDelayMs: number;
  readonly allowedHosts: readonly string[];
  readonly sending: Sending;
  readonly admission: Admission;
  readonly log: Log;
  readonly clock: Clock;
}

/** Who is turned away for one of these is no stranger who passes by, but somebody's program that was to work. */
const SAID = new Set(["classic-full", "garbage"]);

/** The port that sends the stream to everybody who connects: lanvid's viewers, and classic receivers. */
export class StreamPort {
  /** Where a browser that opens this port is sent. */
  page: Viewer | null = null;
  readonly #options: StreamPortOptions;
  readonly #hosts: ReturnType<typeof hostPolicy>;
  readonly #listener: Listener;
  readonly #peers = new Set<ReturnType<typeof sendTo>>();

  /** @throws LanvidError (address) when the port is taken or the address is not this machine's */
  constructor(options: StreamPortOptions) {
    this.#options = options;
    const { port, bind, allowedHosts, admission, clock } = options;
    const { admits, limits, onRefused } = admission;
    this.#hosts = hostPolicy(allowedHosts, { listensOn: bind });
    const onConnection = (connection: Connection) => this.#accept(connection);
    this.#listener = listen({ port, hostname: bind, admits, limits, onRefused, onConnection, clock });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** The address that it listens on: "::" or "0.0.0.0" for all. */
  get hostname(): string {
    return this.#listener.hostname;
  }

  /** Takes no more connections; those that there are stay. */
  stop(): void {
    this.#listener.stop();
  }

  /** Says goodbye to all. @param sourceEnd the source's end; null where the server is stopped */
  endAll(sourceEnd: Fault | null): void {
    for (const peer of [...this.#peers]) {
      if (sourceEnd === null) {
        peer.end("shutdown", forPeers`the server was stopped`);
      } else {
        peer.end("ended", sourceEnd.forPeers);
      }
    }
  }

  #accept(connection: Connection): void {
    const { sending, maxDelayMs, log } = this.#options;
    const { address } = connection;
    log.debug(`connection from ${address}`);
    const peer = sendTo(connection, {
      stream: sending.stream,
      maxDelayMs,
      classic: sending.classic,
      http: this.page && { port: this.page.port, allowsHost: (host) => this.#hosts.allows(host) },
      onTalk: () =>
        log.debug(`${address} is taken for a classic receiver, though it speaks: nobody reads what it says`),
      onEnd: (end) => {
        this.#peers.delete(peer);
        this.#say(address, end);
      },
    });
    this.#peers.add(peer);
  }

  #say(address: string, { by, code, message, hint }: SessionEnd): void {
    const { refusals } = this.#options.admission;
    if (by === "us" && code !== "ended" && code !== "shutdown") {
      refusals.count(code);
    }
    if (bothSend({ code })) {
      refusals.say(
        "sender",
        `turned away ${address}: it sends a stream of its own, as "lanvid push" and Python programs do`,
        'run "lanvid receive" here, instead of serve, to receive it',
      );
    } else if (SAID.has(code)) {
      refusals.say(code, `turned away ${address}: ${message}`, hint);
    } else {
      this.#options.log.debug(`${address}: ${message}`);
    }
  }
}
