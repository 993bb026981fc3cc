/** TCP: who may connect, what a peer is, and its messages. The only room that listens, connects and writes to sockets. */

export { type Address, DEFAULT_PORT, formatAddress, parseAddress, shortAddress } from "./net/address.ts";
export { type ClassicOptions, ClassicReceivers } from "./net/classic-receivers.ts";
export { Connection } from "./net/connection.ts";
export { dial, nameReason } from "./net/dial.ts";
export { classify, type FirstBytes } from "./net/first-bytes.ts";
export { type LimitOptions, type LimitReason, Limits } from "./net/limits.ts";
export { type Listener, type ListenOptions, listen } from "./net/listen.ts";
export { MessageReader } from "./net/message-reader.ts";
export { type ReceivingPeerOptions, receiveFrom } from "./net/receiving-peer.ts";
export { type SendingPeerOptions, sendTo } from "./net/sending-peer.ts";
