import type { Transport } from "../../wire.ts";

/** What happens to a connection to lanvid. */
export interface ConnectionEvents {
  /** It is there. */
  readonly onOpen: () => void;
  readonly onMessage: (payload: Uint8Array) => void;
  /** It could not be made, or is gone. */
  readonly onClose: () => void;
}

/** Connects by WebSocket. */
export function connectBySocket({ onOpen, onMessage, onClose }: ConnectionEvents): Transport {
  const socket = new WebSocket(new URL("ws", location.href.replace(/^http/, "ws")));
  socket.binaryType = "arraybuffer";
  socket.onopen = onOpen;
  socket.onclose = onClose;
  socket.onmessage = ({ data }) => onMessage(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array());
  return {
    send(payload) {
      if (socket.readyState === WebSocket.OPEN) {
        socket.send(payload as Uint8Array<ArrayBuffer>);
      }
    },
    sendVideo() {
      throw new TypeError("a receiver sends no video");
    },
    get waitingBytes() {
      return socket.bufferedAmount;
    },
    close() {
      socket.close();
    },
  };
}
