import { dlopen, FFIType, ptr } from "bun:ffi";
import type { Socket } from "bun";
import { Connection } from "../../src/net.ts";

/** Bytes that are handed on at once: small enough that a picture comes in over time, as from a slow link. */
const PIECE_BYTES = 16 * 1024;

/** Linux: <asm-generic/socket.h>. */
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
/** The kernel doubles it to the 128 kB that a connection begins with. */
const RECEIVE_BUFFER_BYTES = 64 * 1024;

/**
 * Connects, and reads no faster than `bytesPerSecond`: what was read is handed on at that rate, and meanwhile nothing
 * more is taken from the kernel, whose receive buffer keeps its first size. (Linux may let it grow to megabytes, and
 * then it is the reader's own kernel that holds seconds of video.) Closed with the connection.
 */
export async function connectPaced(port: number, bytesPerSecond: number): Promise<Connection> {
  const { promise, resolve } = Promise.withResolvers<Connection>();
  const waiting: Uint8Array[] = [];
  let isHanding = false;
  let isClosed = false;

  const handOn = async (socket: Socket<Connection>) => {
    isHanding = true;
    socket.pause();
    let dueAt = performance.now();
    for (let piece = waiting.shift(); piece !== undefined && !isClosed; piece = waiting.shift()) {
      dueAt += (piece.length / bytesPerSecond) * 1000;
      await Bun.sleep(Math.max(0, dueAt - performance.now()));
      socket.data.onData(piece);
    }
    isHanding = false;
    socket.resume();
  };

  await Bun.connect<Connection>({
    hostname: "127.0.0.1",
    port,
    socket: {
      open(socket) {
        keepReceiveBuffer(socket as unknown as { readonly fd: number });
        socket.data = new Connection(socket);
        resolve(socket.data);
      },
      data(socket, chunk) {
        for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
          waiting.push(Uint8Array.from(chunk.subarray(at, at + PIECE_BYTES)));
        }
        if (!isHanding) {
          void handOn(socket);
        }
      },
      drain: (socket) => socket.data.onDrain(),
      close(socket) {
        isClosed = true;
        socket.data.onClose("the connection was closed");
      },
    },
  });
  return await promise;
}

function keepReceiveBuffer({ fd }: { readonly fd: number }): void {
  const { i32, ptr: pointer } = FFIType;
  const { symbols } = dlopen("libc.so.6", { setsockopt: { args: [i32, i32, i32, pointer, i32], returns: i32 } });
  const value = new Uint8Array(new ArrayBuffer(4));
  new DataView(value.buffer).setInt32(0, RECEIVE_BUFFER_BYTES, true);
  if (symbols.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, ptr(value), value.length) !== 0) {
    throw new Error("cannot set the size of a socket's receive buffer");
  }
}
