/** TCP links: listening, connecting, whole messages. The only room that writes to sockets. */

export { type Address, DEFAULT_PORT, formatAddress, parseAddress, shortAddress } from "./net/address.ts";
export type { Connection } from "./net/connection.ts";
export { dial, nameReason } from "./net/dial.ts";
export { type Listener, type ListenOptions, listen } from "./net/listen.ts";
export { MessageReader } from "./net/message-reader.ts";
