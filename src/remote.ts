/** Another lanvid, or a classic sender, as a source: its address, its conversation, and connecting again. */

export { keepConnected } from "./remote/keep-connected.ts";
export { isServed, pageUrlOf, pageWords, sayIfPage } from "./remote/page-of.ts";
export { Reception, type ReceptionOptions, type Sender, type Shown } from "./remote/reception.ts";
export { type ReceptionFigures, ReceptionStats } from "./remote/reception-stats.ts";
export { RemoteSource } from "./remote/remote-source.ts";
export { StreamPlace } from "./remote/stream-place.ts";
