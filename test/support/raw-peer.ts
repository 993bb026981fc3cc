import { createConnection, type Socket } from "node:net";

/** A peer that speaks bytes only, made without any of our own network code. */
export class RawPeer {
  readonly socket: Socket;
  readonly #chunks: Uint8Array[] = [];
  isClosed = false;

  /** Connects to a port of 127.0.0.1. */
  constructor(port: number) {
    this.socket = createConnection({ host: "127.0.0.1", port });
    this.socket.on("data", (chunk: Uint8Array) => this.#chunks.push(chunk));
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.isClosed = true;
    });
  }

  write(...parts: readonly (Uint8Array | string)[]): void {
    for (const part of parts) {
      this.socket.write(part);
    }
  }

  /** All that came so far. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get receivedByteCount(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  close(): void {
    this.socket.destroy();
  }
}
