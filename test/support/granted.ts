import type { Taken } from "./granted-sampler.ts";

export type { Taken } from "./granted-sampler.ts";

let worker: Worker | undefined;
let count = 0;
const stopping = new Map<number, (taken: Taken) => void>();

/** Tells what others took of the machine from when it is made until `stop`, which is to be called. */
export class Granted {
  readonly #id = count++;

  /** @param pids the processes concerned, with those that they start; without it, this one with all that it starts */
  constructor(pids: readonly number[] = [process.pid]) {
    sampling().postMessage({ id: this.#id, pids });
  }

  stop(): Promise<Taken> {
    const { promise, resolve } = Promise.withResolvers<Taken>();
    stopping.set(this.#id, resolve);
    sampling().postMessage({ id: this.#id, pids: null });
    return promise;
  }
}

function sampling(): Worker {
  if (worker === undefined) {
    worker = new Worker(new URL("./granted-worker.ts", import.meta.url).href);
    worker.unref();
    worker.onmessage = ({ data }: MessageEvent<{ readonly id: number; readonly taken: Taken }>) => {
      stopping.get(data.id)?.(data.taken);
      stopping.delete(data.id);
    };
  }
  return worker;
}
