/** What both ports answer to HTTP alike: the headers of all answers, and what is said when one is refused. */

export {
  type FailureAnswer,
  failureAnswer,
  type HttpFailure,
  hostNotAllowed,
  isFailure,
  methodNotAllowed,
  quoted,
} from "./http/failure.ts";
export { FRAME_ANCESTORS, headersWith } from "./http/headers.ts";
