import { messageOf } from "../errors.ts";

/** The first port that everybody may listen on: those below are privileged on Unix systems. */
const FIRST_FOR_ALL = 1024;

/** Why we can't listen, for a person. */
export interface PortFault {
  /** - `taken`: another program has the port · `kept`: this user may not have it · `other`: it is not about the port */
  readonly kind: "taken" | "kept" | "other";
  readonly message: string;
}

/** What an error means that was thrown by listening on a port. Its code is all that the runtime gives reliably. */
export function portFault(cause: unknown, port: number): PortFault {
  switch (cause instanceof Error && "code" in cause ? cause.code : undefined) {
    case "EADDRINUSE":
      return { kind: "taken", message: "another program uses it" };
    case "EACCES":
      return {
        kind: "kept",
        message:
          port < FIRST_FOR_ALL
            ? `port ${port} is kept for the administrator: take one from ${FIRST_FOR_ALL} on`
            : `the system keeps port ${port} for itself`,
      };
    case "EADDRNOTAVAIL":
      return { kind: "other", message: "it is no address of this machine" };
    default:
      return { kind: "other", message: messageOf(cause) };
  }
}
