import { type Address, formatAddress, shortAddress } from "../net.ts";
import type { Throughput } from "./conversation.ts";
import { type Checked, CONCLUSION, type Finding, inGroup } from "./finding.ts";
import { isTooSlow, milliseconds } from "./measured.ts";

/** What became of the way to the other side: what stopped it, or what it is, and what came from it. */
export interface Outcome {
  /** The stream's own address, where the one given is its page's. */
  readonly address: Address;
  readonly failed: Checked | null;
  readonly isReceiver: boolean;
  readonly throughput: Throughput | null;
}

/** Whether it can be watched from here, in words. */
export function concludeOtherSide(given: Address, { address, failed, isReceiver, throughput }: Outcome): Finding {
  const where = shortAddress(given);
  const concluded = (status: Checked["status"], detail: string): Finding =>
    inGroup("other-side", { check: CONCLUSION, status, detail: `${detail}.`, hint: null });
  if (failed !== null) {
    return concluded("fail", `${where} cannot be watched from here: ${reasonOf(failed, address)}`);
  }
  if (isReceiver) {
    return concluded("ok", `${where} is waiting for a sender: "lanvid push ${shortAddress(address)}" streams to it`);
  }
  const { picture, fps, delayMs, dropped, frames } = throughput as Throughput;
  const delay = delayMs === null ? "" : `, ${milliseconds(delayMs)}`;
  const tooSlow = isTooSlow({ frames, dropped }) ? `, but ${dropped} of ${frames + dropped} pictures were dropped` : "";
  return concluded("ok", `${where} can be watched from here: ${picture}, ${Math.round(fps)} fps${delay}${tooSlow}`);
}

/** Why, without the address, which stands before it. */
function reasonOf({ detail }: Checked, address: Address): string {
  const where = formatAddress(address);
  return detail
    .replace(`cannot connect to ${where}: `, "")
    .replace(`cannot find "${address.host}": `, "")
    .replace(new RegExp(`^${RegExp.escape(where)} `), "it ");
}
