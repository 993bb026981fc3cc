import { forPeers } from "../../src/errors.ts";
import { type Connection, dial } from "../../src/net.ts";
import type { ReceiverSession } from "../../src/receiver.ts";
import { receiveFrom } from "../../src/servers/tcp.ts";
import { systemClock } from "../../src/time.ts";
import type { StreamInfo } from "../../src/wire.ts";
import { DEADLINE_MS, waitFor } from "./wait.ts";

/** A receiver in this process that takes all it gets, and counts. */
export class FormViewer implements Disposable {
  frames = 0;
  keys = 0;
  stream: StreamInfo | null = null;
  end: string | null = null;
  /** Since `forget`: the longest time without a frame, and the age of the oldest one to show, ms. */
  longestGapMs = 0;
  oldestMs = 0;
  #lastAt: number | null = null;
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
      onFrame: ({ video, capturedAt }, settle) => {
        this.frames += 1;
        this.keys += video.isKey ? 1 : 0;
        this.#note(video.isPreroll ? null : capturedAt);
        settle(null);
      },
      onEnd: ({ code }) => {
        this.end = code;
      },
    });
  }

  static async connect(port: number, codecs: readonly string[]): Promise<FormViewer> {
    const { signal } = new AbortController();
    return new FormViewer(await dial({ host: "127.0.0.1", port }, { signal }), codecs);
  }

  /** Settles when this many more frames have come. */
  async more(count: number, deadlineMs = DEADLINE_MS): Promise<void> {
    const before = this.frames;
    const what = () => `${count} more frames, ${this.frames - before} came; end: ${this.end}`;
    await waitFor(what, () => this.frames >= before + count, deadlineMs);
  }

  forget(): void {
    this.longestGapMs = 0;
    this.oldestMs = 0;
  }

  #note(capturedAt: number | null): void {
    const now = systemClock.micros();
    this.longestGapMs = Math.max(this.longestGapMs, (now - (this.#lastAt ?? now)) / 1000);
    this.#lastAt = now;
    if (capturedAt !== null) {
      this.oldestMs = Math.max(this.oldestMs, (now - capturedAt) / 1000);
    }
  }

  [Symbol.dispose](): void {
    this.#session.end("ended", forPeers`the test is over`);
    this.#connection.close();
  }
}
