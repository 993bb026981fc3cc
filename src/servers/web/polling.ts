import { forPeers, LanvidError } from "../../errors.ts";
import { type HttpFailure, headersWith } from "../../http.ts";
import { Kind, MAX_CONTROL_BYTES, splitMessages } from "../../wire.ts";
import { TOO_MANY } from "./gate.ts";
import type { ViewerOptions, Visit } from "./options.ts";
import { PollingTransport } from "./polling-transport.ts";
import { MAX_WAITING_BYTES, type Receiver, type Receivers } from "./receivers.ts";
import { UNBUFFERED } from "./responses.ts";

/** A page chooses it by chance: who does not know it can neither hear nor disturb that page's conversation. */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const GONE: HttpFailure = {
  status: 410,
  code: "gone",
  message: forPeers`there is no such conversation, or it is over`,
};
const BAD: HttpFailure = {
  status: 400,
  code: "bad-request",
  message: forPeers`this address takes messages of at most ${MAX_CONTROL_BYTES} bytes, with their lengths`,
};

interface Polled {
  readonly address: string;
  readonly transport: PollingTransport;
  readonly receiver: Receiver;
}

/**
 * A page's conversation by requests alone, for proxies that pass no WebSocket: `POST /link?id=UUID`. The body has messages of the
 * page, each behind its length as on TCP; the first is its hello. With `&take=1` the answer has messages for the page, at most one
 * picture, and waits for them; else it is empty. Without an id nothing begins: a page asks whether it would be served.
 */
export class Polling {
  readonly #options: ViewerOptions;
  readonly #receivers: Receivers;
  readonly #links = new Map<string, Polled>();

  constructor(options: ViewerOptions, receivers: Receivers) {
    this.#options = options;
    this.#receivers = receivers;
  }

  /** @param enter takes a place for a conversation, null when there is none */
  async answer({ request, url, address }: Visit, enter: () => (() => void) | null): Promise<Response | HttpFailure> {
    const id = url.searchParams.get("id");
    if (id === null) {
      return empty();
    }
    if (!ID.test(id)) {
      return BAD;
    }
    const payloads = await payloadsOf(request);
    if (payloads === null) {
      return BAD;
    }
    let link = this.#links.get(id);
    if (link === undefined && payloads[0]?.[0] === Kind.hello) {
      const leave = enter();
      if (leave === null) {
        return TOO_MANY;
      }
      link = this.#begin(id, address, leave);
    }
    if (link === undefined || link.address !== address) {
      return GONE;
    }
    for (const payload of payloads) {
      link.receiver.receive(payload);
    }
    if (!url.searchParams.has("take")) {
      return empty();
    }
    const bytes = await link.transport.take(request.signal);
    return bytes === null ? GONE : messages(bytes);
  }

  #begin(id: string, address: string, leave: () => void): Polled {
    const onGone = () => {
      leave();
      this.#links.delete(id);
      link.receiver.session.lost("the browser takes nothing");
    };
    const transport = new PollingTransport(MAX_WAITING_BYTES, onGone, this.#receivers.clock);
    const link = { address, transport, receiver: this.#receivers.open(transport, "page-requests", address) };
    this.#links.set(id, link);
    this.#options.onPolling?.(address);
    return link;
  }
}

async function payloadsOf(request: Request): Promise<Uint8Array[] | null> {
  try {
    const payloads = splitMessages(await request.bytes());
    return payloads.every(({ length }) => length <= MAX_CONTROL_BYTES) ? payloads : null;
  } catch (error) {
    if (error instanceof LanvidError) {
      return null;
    }
    throw error;
  }
}

function messages(bytes: Uint8Array<ArrayBuffer>): Response {
  const fields = { "Content-Type": "application/octet-stream", ...UNBUFFERED };
  return new Response(bytes, { headers: headersWith(fields) });
}

function empty(): Response {
  return new Response(null, { status: 204, headers: headersWith({}) });
}
