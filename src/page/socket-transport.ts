import type { ReceiverTransport } from "../wire.ts";

/** What happens to a connection to lanvid. */
export interface ConnectionEvents {
  /** It is there. */
  readonly onOpen: () => void;
  readonly onMessage: (payload: Uint8Array) => void;
  /** It could not be made, or is gone. */
  readonly onClose: () => void;
}

/** Connects by WebSocket. @param address the stream's page, by http or https */
export function connectBySocket(address: string, { onOpen, onMessage, onClose }: ConnectionEvents): ReceiverTransport {
  const socket = new WebSocket(new URL("ws", address.replace(/^http/, "ws")));
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
    close() {
      socket.close();
    },
  };
}
