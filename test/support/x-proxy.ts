import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { Folder } from "./stand-in.ts";

/** Where the server's answer to a new connection says which bits of an identifier are the client's. */
const ID_MASK_AT = 16;

/** Stands between clients and an X server, and lends each of them few identifiers, as a server does after days. */
export class XProxy implements AsyncDisposable {
  readonly #folder = new Folder();
  readonly #clients = new Set<Socket>();
  readonly #server: Server;
  /** For DISPLAY. */
  readonly name = `${join(this.#folder.path, "x")}:0`;

  /** @param display the server's, as ":57" @param idMask the identifiers' bits */
  constructor(display: string, idMask: number) {
    this.#server = createServer((client) => {
      const server = connect(`/tmp/.X11-unix/X${display.slice(1)}`);
      let head: Buffer | null = Buffer.alloc(0);
      this.#clients.add(client);
      client.pipe(server);
      server.on("data", (chunk: Buffer) => {
        if (head === null) {
          client.write(chunk);
          return;
        }
        head = Buffer.concat([head, chunk]);
        if (head.length >= ID_MASK_AT + 4) {
          head.writeUInt32LE(idMask, ID_MASK_AT);
          client.write(head);
          head = null;
        }
      });
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.on("error", () => other.destroy());
        one.on("close", () => other.destroy());
      }
    });
    this.#server.listen(join(this.#folder.path, "x"));
  }

  /** Tells the clients that one of their requests failed. */
  refuse(code: number, majorOpcode: number): void {
    const error = Buffer.alloc(32);
    error[1] = code;
    // The sequence number of a request that nobody waits for.
    error.writeUInt16LE(1, 2);
    error[10] = majorOpcode;
    for (const client of this.#clients) {
      client.write(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) {
      client.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
    this.#folder[Symbol.dispose]();
  }
}
