/** A thread that looks at others: one that measures, or attacks, may be busy when it should look, or be given little. */

import { GrantedSampler } from "./granted-sampler.ts";

declare const self: Worker;

const samplers = new Map<number, GrantedSampler>();

self.onmessage = ({ data }: MessageEvent<{ readonly id: number; readonly pids: readonly number[] | null }>) => {
  const { id, pids } = data;
  if (pids !== null) {
    samplers.set(id, new GrantedSampler(pids));
    return;
  }
  const taken = samplers.get(id)?.stop();
  samplers.delete(id);
  self.postMessage({ id, taken });
};
