import { Allowance } from "./allowance.ts";
import type { Log } from "./log.ts";
import { type Clock, type Ms, systemClock } from "./time.ts";

/** Lines at once, and lines per second after that: somebody who connects a thousand times a second is not news. */
const BURST_LINES = 40;
const LINES_PER_SECOND = 4;
/** The same topic is spoken of at most once in this time, ms. */
const QUIET_MS = 60_000;
/** Topics that are spoken of in this time at most: each address may be one of its own. */
const MAX_TOPICS = 64;
/** Things that are warned of until all is well: some are a peer's own words. */
const MAX_WARNED = 8;

/** The same log, in which events are left out, and counted, when there are too many. Warnings are not events. */
export function rateLimited(log: Log, clock: Clock = systemClock): Log {
  const lines = new Allowance(BURST_LINES, LINES_PER_SECOND, clock.now());
  let missed = 0;
  return {
    warn: (message, hint) => log.warn(message, hint),
    debug: (message) => log.debug(message),
    info(message) {
      if (lines.take(1, clock.now()) > 0) {
        missed += 1;
        return;
      }
      if (missed > 0) {
        log.info(`… ${missed} lines left out`);
        missed = 0;
      }
      log.info(message);
    },
  };
}

interface Topic {
  readonly at: Ms;
  times: number;
}

/** Says what strangers can make happen over and over: each of it at most once a minute, with how often it was. */
export class OncePerMinute {
  readonly #say: (message: string, hint?: string) => void;
  readonly #clock: Clock;
  readonly #topics = new Map<string, Topic>();

  /** @param say says it, to a person */
  constructor(say: (message: string, hint?: string) => void, clock: Clock = systemClock) {
    this.#say = say;
    this.#clock = clock;
  }

  /** @param topic what of this is said at most once a minute */
  say(topic: string, message: string, hint?: string): void {
    const now = this.#clock.now();
    const said = this.#topics.get(topic);
    if (said !== undefined && now - said.at < QUIET_MS) {
      said.times += 1;
      return;
    }
    this.#topics.delete(topic);
    for (const [other, { at }] of this.#topics) {
      if (now - at >= QUIET_MS) {
        this.#topics.delete(other);
      }
    }
    if (this.#topics.size >= MAX_TOPICS) {
      return;
    }
    this.#topics.set(topic, { at: now, times: 0 });
    const more = said !== undefined && said.times > 0 ? ` (and ${said.times} times more since this was last said)` : "";
    this.#say(`${message}${more}`, hint);
  }
}

/** How a warning is worded. */
export interface Warning {
  /** The line; what it is about unless told. */
  readonly line?: string;
  /** The line when it happens again, for --verbose; the same one unless told. */
  readonly again?: string;
  readonly hint?: string | undefined;
}

/** Warns of each thing once, until all is well again: after that it is for --verbose, as is all that is too much. */
export class WarnOnce {
  readonly #log: Pick<Log, "warn" | "debug">;
  readonly #warned = new Set<string>();

  constructor(log: Pick<Log, "warn" | "debug">) {
    this.#log = log;
  }

  /** @param what is warned of once */
  warn(what: string, { line = what, again = line, hint }: Warning = {}): void {
    if (this.#warned.has(what) || this.#warned.size >= MAX_WARNED) {
      this.#log.debug(again);
      return;
    }
    this.#warned.add(what);
    this.#log.warn(line, hint);
  }

  /** All is well: whatever happens next is news. */
  forget(): void {
    this.#warned.clear();
  }
}
