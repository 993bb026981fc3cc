import type { Socket } from "bun";
import { LanvidError } from "../../errors.ts";
import { type Clock, systemClock } from "../../time.ts";
import { noWindow } from "../no-window.ts";
import type { Cookie } from "./authority.ts";
import { type DisplayName, X11_PORT } from "./display-name.ts";
import { ResourceIds } from "./resource-ids.ts";
import { decodeSetup, encodeSetup, type Setup, setupLength } from "./setup.ts";

/** How long a server may take to answer a new connection, ms. */
const CONNECT_MS = 5000;
/** Replies that are larger than this are not ours: a window asks for nothing of the kind. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024;

export interface XHandlers {
  /** An event, 32 bytes; valid during the call. */
  readonly event: (event: DataView) => void;
  /** A request failed that nobody waits for. */
  readonly error: (code: number, majorOpcode: number) => void;
  /** The connection is over. Called once. */
  readonly gone: (reason: string) => void;
}

interface Waiting {
  readonly sequence: number;
  readonly resolve: (reply: DataView) => void;
  readonly reject: (error: Error) => void;
}

/** The conversation with an X server: requests out, replies, events and errors in. X Window System Protocol, version 11. */
export class XConnection {
  readonly setup: Setup;
  readonly #socket: Socket<undefined>;
  readonly #outgoing: Uint8Array[] = [];
  readonly #waiting: Waiting[] = [];
  #handlers: XHandlers | null = null;
  #incoming: Uint8Array[] = [];
  #incomingBytes = 0;
  #sequence = 0;
  readonly #ids: ResourceIds;
  #isGone = false;
  #goneReason = "";

  private constructor(socket: Socket<undefined>, setup: Setup) {
    this.#socket = socket;
    this.setup = setup;
    this.#ids = new ResourceIds(setup.idBase, setup.idMask);
  }

  /** @throws LanvidError (display) when the server can't be reached or refuses */
  static async open(name: DisplayName, cookie: Cookie | undefined, clock: Clock = systemClock): Promise<XConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    let connection: XConnection | null = null;
    let head = new Uint8Array(0);
    const fail = (reason: string) => {
      reject(noWindow(reason));
      if (connection !== null) {
        connection.#end(reason);
      }
    };
    const socket = await connectTo(name, {
      data(_socket, chunk) {
        if (connection !== null) {
          connection.#receive(chunk);
          return;
        }
        head = Buffer.concat([head, chunk]);
        if (head.length >= 8 && head.length >= setupLength(head)) {
          resolve(head);
        }
      },
      drain: () => connection?.flush(),
      close: () => fail("the X server has closed the connection"),
      error: (_socket, error) => fail(error.message),
    });
    socket.write(encodeSetup(cookie));
    using _timer = clock.after(CONNECT_MS, () => fail(`the X server does not answer within ${CONNECT_MS} ms`));
    try {
      connection = new XConnection(socket, decodeSetup(await promise, name.screen));
      return connection;
    } catch (error) {
      socket.terminate();
      throw error;
    }
  }

  /** From now on events go there. Called once. */
  handle(handlers: XHandlers): void {
    this.#handlers = handlers;
    if (this.#isGone) {
      handlers.gone(this.#goneReason);
    }
  }

  /** A number for a new resource of ours. Whoever frees the resource gives it back. */
  newId(): number {
    return this.#ids.take();
  }

  /** What had this number is freed by a request that was sent. */
  freeId(id: number): void {
    this.#ids.give(id);
  }

  /** Sends requests, which may be several in one array. `bytes` must not change until a later reply has come. */
  send(bytes: Uint8Array, requests = 1): void {
    if (this.#isGone) {
      return;
    }
    this.#sequence += requests;
    this.#outgoing.push(bytes);
  }

  /** Sends a request and settles with its reply. @throws LanvidError (display) when the server refuses it, or goes away */
  ask(bytes: Uint8Array): Promise<DataView> {
    this.send(bytes);
    const { promise, resolve, reject } = Promise.withResolvers<DataView>();
    if (this.#isGone) {
      reject(displayGone(this.#goneReason));
      return promise;
    }
    this.#waiting.push({ sequence: this.#sequence & 0xffff, resolve, reject });
    this.flush();
    return promise;
  }

  /** Writes what was sent, as far as the socket takes it. */
  flush(): void {
    while (this.#outgoing[0] !== undefined && !this.#isGone) {
      const [first] = this.#outgoing;
      const taken = this.#socket.write(first);
      if (taken < 0) {
        return;
      }
      if (taken < first.length) {
        this.#outgoing[0] = first.subarray(taken);
        return;
      }
      this.#outgoing.shift();
    }
  }

  close(): void {
    this.#end("closed");
    this.#socket.end();
  }

  #receive(chunk: Uint8Array): void {
    this.#incoming.push(chunk.slice());
    this.#incomingBytes += chunk.length;
    if (this.#incomingBytes < this.#wanted) {
      return;
    }
    const bytes = this.#incoming.length === 1 ? (this.#incoming[0] as Uint8Array) : Buffer.concat(this.#incoming);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    this.#wanted = 32;
    while (at + 32 <= bytes.length && !this.#isGone) {
      const kind = view.getUint8(at) & 0x7f;
      // Replies and generic events say how much follows their 32 bytes.
      const length = kind === 1 || kind === 35 ? 32 + view.getUint32(at + 4, true) * 4 : 32;
      if (length > MAX_REPLY_BYTES) {
        this.#end("the X server has answered with nonsense");
        return;
      }
      if (at + length > bytes.length) {
        this.#wanted = length;
        break;
      }
      this.#dispatch(kind, new DataView(bytes.buffer, bytes.byteOffset + at, length));
      at += length;
    }
    const rest = bytes.subarray(at);
    this.#incoming = rest.length > 0 ? [rest] : [];
    this.#incomingBytes = rest.length;
  }

  /** Bytes that must be there before anything can be read. */
  #wanted = 32;

  #dispatch(kind: number, message: DataView): void {
    if (kind > 1) {
      this.#handlers?.event(message);
      return;
    }
    const sequence = message.getUint16(2, true);
    const index = this.#waiting.findIndex((one) => one.sequence === sequence);
    if (index >= 0) {
      const [waiting] = this.#waiting.splice(index, 1);
      if (kind === 1) {
        waiting?.resolve(message);
      } else {
        waiting?.reject(refused(`the X server refuses request ${message.getUint8(10)}: error ${message.getUint8(1)}`));
      }
    } else if (kind === 0) {
      this.#handlers?.error(message.getUint8(1), message.getUint8(10));
    }
  }

  #end(reason: string): void {
    if (this.#isGone) {
      return;
    }
    this.#isGone = true;
    this.#goneReason = reason;
    this.#outgoing.length = 0;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(displayGone(reason));
    }
    this.#handlers?.gone(reason);
  }
}

type Handlers = NonNullable<Parameters<typeof Bun.connect<undefined>>[0]["socket"]>;

/** The Unix socket of a local display, or the abstract one where the folder is not shared; TCP for a host's. */
async function connectTo(name: DisplayName, socket: Handlers): Promise<Socket<undefined>> {
  if (name.host !== null) {
    return await Bun.connect({ hostname: name.host, port: X11_PORT + name.display, socket });
  }
  const path = name.socketPath ?? `/tmp/.X11-unix/X${name.display}`;
  try {
    return await Bun.connect({ unix: path, socket });
  } catch (error) {
    if (process.platform !== "linux" || name.socketPath !== null) {
      throw error;
    }
    return await Bun.connect({ unix: `\0${path}`, socket }).catch(() => Promise.reject(error));
  }
}

function displayGone(reason: string): LanvidError {
  return new LanvidError("display-gone", "display", reason);
}

function refused(reason: string): LanvidError {
  return new LanvidError("display-refused", "display", reason);
}
