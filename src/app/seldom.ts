/** The same is said at most once in this time, ms. */
const QUIET_MS = 60_000;
/** Different things that are said in this time at most: each address may be one of its own. */
const MAX_SAID = 64;

interface Said {
  readonly at: number;
  times: number;
}

/** Says what strangers can make happen over and over: each of it once in a while, with how often it was. */
export class Seldom {
  readonly #say: (message: string, hint?: string) => void;
  readonly #said = new Map<string, Said>();

  /** @param say says it, to a person */
  constructor(say: (message: string, hint?: string) => void) {
    this.#say = say;
  }

  /** @param topic what of this is said once in a while only */
  say(topic: string, message: string, hint?: string): void {
    const now = performance.now();
    const said = this.#said.get(topic);
    if (said !== undefined && now - said.at < QUIET_MS) {
      said.times += 1;
      return;
    }
    this.#said.delete(topic);
    for (const [other, { at }] of this.#said) {
      if (now - at >= QUIET_MS) {
        this.#said.delete(other);
      }
    }
    if (this.#said.size >= MAX_SAID) {
      return;
    }
    this.#said.set(topic, { at: now, times: 0 });
    const more = said !== undefined && said.times > 0 ? ` (and ${said.times} times more since this was last said)` : "";
    this.#say(`${message}${more}`, hint);
  }
}
