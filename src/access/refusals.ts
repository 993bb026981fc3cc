import type { Log } from "../log.ts";
import { OncePerMinute, WarnOnce } from "../rate-limited-log.ts";
import { raiseDescriptorLimit } from "../sys.ts";
import { type Clock, systemClock } from "../time.ts";
import { type LimitOptions, type LimitReason, Limits } from "./limits.ts";

/** Files and sockets that are no connections: ffmpeg's pipes, the listeners, the program itself. */
const OWN_DESCRIPTORS = 64;
/** An origin is said as far as this, characters. */
const MAX_ORIGIN_LENGTH = 100;
/** A hint may have it twice. */
const MAX_HINT_LENGTH = 400;

/** Who was turned away and why: counted always, said at most once a minute. */
export class Refusals {
  /** By reason. */
  readonly counts = new Map<string, number>();
  readonly #perMinute: OncePerMinute;
  readonly #once: WarnOnce;

  constructor(log: Log, clock: Clock = systemClock) {
    this.#perMinute = new OncePerMinute((message, hint) => log.warn(message, hint), clock);
    this.#once = new WarnOnce(log);
  }

  count(reason: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  /** @param topic what of this is said at most once a minute */
  say(topic: string, message: string, hint?: string): void {
    this.#perMinute.say(topic, message, hint);
  }

  /** Says whom a person could expect to be let in who is not. */
  foreignNetworks(prefixes: readonly string[]): void {
    for (const prefix of prefixes) {
      this.say(
        `foreign ${prefix}`,
        `other machines on ${prefix} are turned away: that network is public, or too large to be your own`,
        "let everyone in with --public",
      );
    }
  }

  notLocal(address: string): void {
    this.count("not-local");
    const message = `turned away ${address}: it is not on this machine's networks`;
    this.say(`not-local ${address}`, message, "let everyone in with --public");
  }

  /** @param origin of the page, or null where it is not known */
  foreignPage(origin: string | null, hint: string): void {
    const whose = origin === null ? "another site" : JSON.stringify(origin.slice(0, MAX_ORIGIN_LENGTH));
    this.say("foreign-page", `refused the stream to a page from ${whose}`, hint.slice(0, MAX_HINT_LENGTH));
  }

  /** A page gets the stream by requests. Said once: it is not for the person here to look at again and again. */
  withoutWebSocket(address: string): void {
    this.#once.warn("no WebSocket", {
      line: `something between lanvid and the browser at ${address} passes no WebSocket: the page fetches its pictures one by one`,
      hint: "let the proxy pass it, with nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;",
    });
  }

  /** @param host a name that a browser asked for */
  foreignHost(host: string, hint: string): void {
    const name = JSON.stringify(host.slice(0, MAX_ORIGIN_LENGTH));
    this.say(
      "foreign-host",
      `turned away a browser that asked for ${name}: that is not one of this machine's names`,
      hint.slice(0, MAX_HINT_LENGTH),
    );
  }

  /** Limits that are kept by these numbers and by what the system lets this process have open. */
  limits(asked: LimitOptions): Limits {
    const possible = possibleConnections(raiseDescriptorLimit());
    const isShort = possible < asked.maxConnections;
    const options = { ...asked, maxConnections: Math.min(asked.maxConnections, possible) };
    const words: Readonly<Record<LimitReason, readonly [verb: string, why: string, hint: string]>> = {
      "too-many-connections": [
        "turned away",
        isShort
          ? `this system allows lanvid only ${possible} connections`
          : `there are already ${options.maxConnections} connections`,
        isShort ? "let it open more files: ulimit -n" : "allow more with --max-connections",
      ],
      "too-many-per-address": [
        "turned away",
        `it already has ${options.maxPerAddress} connections`,
        "allow more with --max-per-address",
      ],
      "too-many-handshakes": [
        "ended a connection from",
        "it said nothing, like too many others",
        "allow more with --max-handshakes, if these are viewers",
      ],
      "too-many-requests": [
        "refused requests from",
        "it asks so often that viewers would have to wait",
        "allow more with --max-per-address",
      ],
      "too-many-at-once": [
        "turned away",
        "so many connected at once that viewers would have had to wait",
        "check who floods this machine, unless these are viewers: they try again by themselves",
      ],
    };
    return new Limits(options, (reason, address) => {
      this.count(reason);
      const [verb, why, hint] = words[reason];
      this.say(reason, `${verb} ${address}: ${why}`, hint);
    });
  }
}

/** @param descriptors files and sockets that this process may have open; null for any number */
export function possibleConnections(descriptors: number | null): number {
  if (descriptors === null) {
    return Number.POSITIVE_INFINITY;
  }
  // HTTP connections are counted by looking once a second: there is room for those that come between.
  return Math.max(1, Math.floor((descriptors * 15) / 16) - OWN_DESCRIPTORS);
}
