/** What the commands do: the only place where rooms are put together. */

export { CONCLUSION, clearedCache, type DoctorOptions, doctor, type Finding, type Group } from "./app/doctor.ts";
export { type PushOptions, push } from "./app/push.ts";
export { type ReceiveOptions, receive } from "./app/receive.ts";
export type { ReceptionFigures } from "./app/reception-stats.ts";
export {
  type End,
  type EndReason,
  NO_RECEPTION_FIGURES,
  NO_SENDING_FIGURES,
  type Ready,
  type Reporter,
  type SeenSource,
  type SendingFigures,
} from "./app/reporter.ts";
export type { SendingOptions } from "./app/sending.ts";
export { type ServeOptions, serve } from "./app/serve.ts";
export type { ViewingOptions } from "./app/viewing.ts";
export { type WatchOptions, watch } from "./app/watch.ts";
