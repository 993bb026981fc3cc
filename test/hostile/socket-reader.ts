const HEAD_END = Buffer.from("\r\n\r\n");

/** How many bytes more a length has by the value of its first seven bits; of eight, the first two are 0 here. */
const LENGTH_BYTES: Readonly<Record<number, number>> = { 126: 2, 127: 8 };

/** Cuts a WebSocket's whole messages out of what a server sends: unmasked, none in parts (RFC 6455, 5.2). */
export class SocketReader {
  readonly #onMessage: (payload: Uint8Array) => void;
  #bytes = Buffer.alloc(0);
  #isUpgraded = false;

  constructor(onMessage: (payload: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (!this.#isUpgraded) {
      const end = this.#bytes.indexOf(HEAD_END);
      if (end < 0) {
        return;
      }
      this.#isUpgraded = true;
      this.#bytes = this.#bytes.subarray(end + HEAD_END.length);
    }
    for (let payload = this.#next(); payload !== null; payload = this.#next()) {
      this.#onMessage(payload);
    }
  }

  #next(): Uint8Array | null {
    const bytes = this.#bytes;
    const short = (bytes[1] ?? 0) & 0x7f;
    const at = 2 + (LENGTH_BYTES[short] ?? 0);
    if (bytes.length < at) {
      return null;
    }
    const length = at === 2 ? short : bytes.readUIntBE(at === 4 ? 2 : 4, at === 4 ? 2 : 6);
    if (bytes.length < at + length) {
      return null;
    }
    this.#bytes = bytes.subarray(at + length);
    return bytes.subarray(at, at + length);
  }
}
