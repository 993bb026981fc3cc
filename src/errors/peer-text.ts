declare const tellable: unique symbol;

/**
 * A text that anybody on the network may read: never a path, an address, a user's name or a password of this machine's,
 * nor what another program said. Nothing else is ever sent to a peer; made by `forPeers` and `heard` only.
 */
export type PeerText = string & { readonly [tellable]: true };

/** A text of our own words, and what can give nothing away: numbers, and such texts. */
export function forPeers(words: TemplateStringsArray, ...values: readonly (number | PeerText)[]): PeerText {
  return String.raw({ raw: words }, ...values) as PeerText;
}

/** A text that a peer sent, or that speaks of nothing but what it sent. */
export function heard(text: string): PeerText {
  return text as PeerText;
}

/** What went wrong, in two texts. */
export interface Fault {
  /** For the person at this machine. */
  readonly message: string;
  /** For everybody else. */
  readonly forPeers: PeerText;
}

/** A fault of which everybody may know the same. */
export function openFault(text: PeerText): Fault {
  return { message: text, forPeers: text };
}
