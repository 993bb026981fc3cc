import { type Connection, dial, receiveFrom } from "../../src/net.ts";
import type { ReceiverSession } from "../../src/session.ts";
import type { StreamInfo } from "../../src/wire.ts";

/** A receiver in this process that takes all it gets, and counts. */
export class FormViewer implements Disposable {
  frames = 0;
  keys = 0;
  stream: StreamInfo | null = null;
  end: string | null = null;
  message = "";
  readonly #connection: Connection;
  readonly #session: ReceiverSession;

  private constructor(connection: Connection, codecs: readonly string[]) {
    this.#connection = connection;
    this.#session = receiveFrom(connection, {
      name: "test",
      program: "test",
      codecs,
      maxDelayMs: null,
      adapts: false,
      onStream: (stream) => {
        this.stream = stream;
      },
      onFrame: ({ video }, settle) => {
        this.frames += 1;
        this.keys += video.isKey ? 1 : 0;
        settle(null);
      },
      onEnd: ({ code, message }) => {
        this.message = message;
        this.end = code;
      },
    });
  }

  static async connect(port: number, codecs: readonly string[]): Promise<FormViewer> {
    const { signal } = new AbortController();
    return new FormViewer(await dial({ host: "127.0.0.1", port }, { signal }), codecs);
  }

  [Symbol.dispose](): void {
    this.#session.end("ended", "the test is over");
    this.#connection.close();
  }
}
