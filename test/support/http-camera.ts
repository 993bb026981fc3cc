/** Network cameras that give JPEG by HTTP, each in a dialect of its own. */

import type { Socket, TCPSocketListener } from "bun";
import { stripJpeg } from "./picture.ts";

/** How a camera answers. Lines end as they are written here. */
export interface Dialect {
  /** From the status line to the empty line; without it, multipart with the boundary "frame". */
  readonly head?: string;
  /** What is sent for a picture; `count` is from 0. */
  readonly part: (jpeg: Uint8Array, count: number) => string | readonly (string | Uint8Array)[];
  /** ms between two pictures; 50 unless told. */
  readonly intervalMs?: number;
}

export const MULTIPART_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n";

/** What ffmpeg itself calls multipart. */
export const PLAIN: Dialect = {
  part: (jpeg) => [`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`, jpeg, "\r\n"],
};

/** A camera on a free port of 127.0.0.1; it goes with `using`. */
export class HttpCamera implements Disposable {
  readonly #server: TCPSocketListener<{ timer?: ReturnType<typeof setInterval> }>;
  readonly #timers = new Set<ReturnType<typeof setInterval>>();
  /** Connections that it had. */
  connections = 0;
  /** That it sent, on all of them. */
  pictures = 0;

  constructor({ head = MULTIPART_HEAD, part, intervalMs = 50 }: Dialect) {
    const begin = (socket: Socket<{ timer?: ReturnType<typeof setInterval> }>) => {
      socket.write(head);
      const timer = setInterval(() => {
        for (const piece of part(stripJpeg(640, 360, Date.now(), this.pictures), this.pictures)) {
          socket.write(piece);
        }
        this.pictures += 1;
      }, intervalMs);
      this.#timers.add(timer);
      socket.data = { timer };
    };
    this.#server = Bun.listen<{ timer?: ReturnType<typeof setInterval> }>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: () => {
          this.connections += 1;
        },
        data: (socket) => {
          if (socket.data?.timer === undefined) {
            begin(socket);
          }
        },
        close: (socket) => clearInterval(socket.data?.timer),
      },
    });
  }

  get port(): number {
    return this.#server.port;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) {
      clearInterval(timer);
    }
    this.#server.stop(true);
  }
}
