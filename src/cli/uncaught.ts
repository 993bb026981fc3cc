import { asLanvidError, type LanvidError } from "../errors.ts";

/**
 * Runs `work` to its end, which an error that nobody catches brings about: the runtime would go on as if nothing had
 * happened.
 * @param onFault told the first such error, so that the work can be asked to end in order
 * @param patienceMs how long it may take to
 * @returns what the work gives, even after a fault
 * @throws LanvidError the fault, when the work has not ended in time
 */
export async function guarded<T>(
  work: () => Promise<T>,
  onFault: (fault: LanvidError) => void,
  patienceMs: number,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const fail = (error: unknown) => {
    // What follows from the first one is no news: a timer may throw over and over.
    if (timer === undefined) {
      const fault = asLanvidError(error);
      timer = setTimeout(() => reject(fault), patienceMs);
      onFault(fault);
    }
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  // Whoever read our words has gone: there is nothing to say to them any more.
  process.stderr.on("error", ignore);
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
    process.off("uncaughtException", fail);
    process.off("unhandledRejection", fail);
    process.stderr.off("error", ignore);
  }
}

function ignore(): void {}
