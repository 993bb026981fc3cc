import type { LimitOptions } from "../access.ts";
import { foreignNetworks, isLanAddress, Refusals } from "../access.ts";
import type { Log } from "../log.ts";
import type { ListenOptions } from "../net.ts";
import type { Clock } from "../time.ts";

export interface AdmissionOptions {
  /** The address that is listened on; null for all. */
  readonly bind: string | null;
  /** Let in peers from outside the local network. */
  readonly isPublic: boolean;
  readonly limits: LimitOptions;
}

/** Who may connect to what listens here, and what is said of those who may not. */
export interface Admission extends Pick<ListenOptions, "admits" | "onRefused"> {
  readonly refusals: Refusals;
  readonly limits: ReturnType<Refusals["limits"]>;
  /** Says whose machines a person could expect to be let in that are not: at first, and when this machine's addresses change. */
  lookAtNetworks(): void;
}

export function openAdmission({ bind, isPublic, limits }: AdmissionOptions, log: Log, clock: Clock): Admission {
  const refusals = new Refusals(log, clock);
  const admission: Admission = {
    refusals,
    limits: refusals.limits(limits),
    admits: (address) => isPublic || isLanAddress(address),
    onRefused: (address) => refusals.notLocal(address),
    lookAtNetworks() {
      if (!isPublic && bind === null) {
        refusals.foreignNetworks(foreignNetworks());
      }
    },
  };
  admission.lookAtNetworks();
  return admission;
}
