/** What the commands do: each puts rooms together for one line that a person typed. */

export { push } from "./commands/push.ts";
export { receive } from "./commands/receive.ts";
export {
  type End,
  NO_RECEPTION_FIGURES,
  NO_SENDING_FIGURES,
  type Ready,
  type Reporter,
  type SeenSource,
  type SendingFigures,
} from "./commands/reporter.ts";
export type { SendingOptions } from "./commands/sending.ts";
export { serve } from "./commands/serve.ts";
export type { ViewingOptions } from "./commands/viewing.ts";
export { watch } from "./commands/watch.ts";
