// Parts: ffmpeg
/** H.264 that a real encoder made, and its way over a real link. */

import { isKeyAccessUnit, type NewPacket } from "../../src/media.ts";
import { listen } from "../../src/net.ts";
import { sendTo } from "../../src/servers/tcp.ts";
import { Stream, Track } from "../../src/stream.ts";
import { systemClock } from "../../src/time.ts";
import type { Size } from "../../src/units.ts";

export interface EncodeOptions extends Size {
  readonly count: number;
  readonly fps?: number;
  /** Frames from one key frame to the next. */
  readonly keyEvery?: number;
  /** ffmpeg's arguments after libx264's. */
  readonly more?: readonly string[];
}

/** A moving test pattern as access units in Annex B, each key frame with its parameters. */
export function encodeH264({ width, height, count, fps = 30, keyEvery = 15, more = [] }: EncodeOptions): Uint8Array[] {
  const { stdout, success } = Bun.spawnSync([
    ..."ffmpeg -v error -f lavfi -i".split(" "),
    `testsrc2=size=${width}x${height}:rate=${fps}`,
    ...`-frames:v ${count} -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -g ${keyEvery}`.split(" "),
    ...more,
    ..."-x264-params aud=1:scenecut=0 -f h264 pipe:1".split(" "),
  ]);
  if (!success) {
    throw new Error("ffmpeg could not encode");
  }
  return cutAtDelimiters(new Uint8Array(stdout));
}

/** x264 begins each access unit with a delimiter: 00 00 00 01 09. */
function cutAtDelimiters(bytes: Uint8Array): Uint8Array[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const starts: number[] = [];
  for (let at = buffer.indexOf("0000000109", 0, "hex"); at >= 0; at = buffer.indexOf("0000000109", at + 5, "hex")) {
    starts.push(at);
  }
  return starts.map((start, index) => bytes.slice(start, starts[index + 1] ?? bytes.length));
}

/** A server in this process that streams access units over and over, as fast as they are meant to be seen. */
export class H264Server implements AsyncDisposable {
  readonly track: Track = new Track({
    name: "film",
    onViewer: (event) => {
      if (event === "joined") {
        this.framesBeforeJoin = this.track.frameCount;
      }
    },
  });
  /** Frames that there had been when the last viewer came. */
  framesBeforeJoin = 0;
  readonly port: number;
  readonly #listener: ReturnType<typeof listen>;
  readonly #peers = new Set<{ end(code: string, message: string): void }>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(port = 0) {
    const stream = new Stream(this.track);
    this.#listener = listen({
      port,
      hostname: "127.0.0.1",
      admits: () => true,
      onRefused: () => undefined,
      onConnection: (connection) => {
        const peer = sendTo(connection, {
          stream,
          maxDelayMs: 250,
          classic: null,
          http: null,
          onEnd: () => this.#peers.delete(peer),
        });
        this.#peers.add(peer);
      },
    });
    this.port = this.#listener.port;
  }

  /** Begins to stream these, from the first one on. */
  play(units: readonly Uint8Array[], { width, height }: Size, fps = 30): void {
    clearInterval(this.#timer);
    this.track.describe({ state: "live", codec: "h264", width, height });
    let given = 0;
    const startedAt = performance.now();
    this.#timer = setInterval(() => {
      for (; given <= ((performance.now() - startedAt) * fps) / 1000; given++) {
        this.track.frame(frameOf(units[given % units.length] as Uint8Array, systemClock.micros()));
      }
    }, 4);
  }

  /** No more frames come; the connections stay. */
  pause(): void {
    clearInterval(this.#timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const peer of [...this.#peers]) {
      peer.end("lost", "the test ends");
    }
    await this.#listener.stop();
    await this.track.close();
  }
}

export function frameOf(bytes: Uint8Array, capturedAt: number): NewPacket {
  return { capturedAt, isKey: isKeyAccessUnit(bytes), bytes };
}
