import { LENGTH_BYTES } from "../../src/wire.ts";

const NO_BYTES = new Uint8Array(0);
/** RFC 6455, 5.2: a server's binary message in one frame. */
const WS_BINARY = 0x82;

/** Cuts what a server sends into messages. It trusts the server: for tests. */
export class MessageCutter {
  readonly #kind: "tcp" | "websocket";
  readonly #onMessage: (payload: Uint8Array) => void;
  readonly #onUpgraded: () => void;
  #isUpgraded: boolean;
  #rest: Uint8Array = NO_BYTES;

  /** @param onUpgraded called when the WebSocket is open */
  constructor(kind: "tcp" | "websocket", onMessage: (payload: Uint8Array) => void, onUpgraded = () => {}) {
    this.#kind = kind;
    this.#onMessage = onMessage;
    this.#onUpgraded = onUpgraded;
    this.#isUpgraded = kind === "tcp";
  }

  push(chunk: Uint8Array): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#isUpgraded && !this.#upgrade()) {
      return;
    }
    for (;;) {
      const head = this.#kind === "tcp" ? this.#lengthAhead() : this.#frameHead();
      if (head === null || this.#rest.length < head.bytes + head.length) {
        return;
      }
      const payload = this.#rest.slice(head.bytes, head.bytes + head.length);
      this.#rest = this.#rest.subarray(head.bytes + head.length);
      if (head.isMessage) {
        this.#onMessage(payload);
      }
    }
  }

  /** @returns whether the answer to the request for a WebSocket is there */
  #upgrade(): boolean {
    const end = Buffer.from(this.#rest).indexOf("\r\n\r\n");
    if (end < 0) {
      return false;
    }
    this.#rest = this.#rest.subarray(end + 4);
    this.#isUpgraded = true;
    this.#onUpgraded();
    return true;
  }

  #lengthAhead() {
    if (this.#rest.length < LENGTH_BYTES) {
      return null;
    }
    return { bytes: LENGTH_BYTES, length: Number(this.#view.getBigUint64(0, true)), isMessage: true };
  }

  #frameHead() {
    if (this.#rest.length < 2) {
      return null;
    }
    const isMessage = this.#rest[0] === WS_BINARY;
    const short = (this.#rest[1] as number) & 0x7f;
    if (short < 126) {
      return { bytes: 2, length: short, isMessage };
    }
    const bytes = short === 126 ? 4 : 10;
    if (this.#rest.length < bytes) {
      return null;
    }
    const length = short === 126 ? this.#view.getUint16(2, false) : Number(this.#view.getBigUint64(2, false));
    return { bytes, length, isMessage };
  }

  get #view(): DataView {
    return new DataView(this.#rest.buffer, this.#rest.byteOffset, this.#rest.length);
  }
}
