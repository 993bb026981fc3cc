/** Who may connect, by address and by name, how much they may ask for, and what is said of those who may not. */

export { type HostPolicy, hostNameOf, hostPolicy } from "./access/host-policy.ts";
export { foreignNetworks, isLanAddress, lanAddresses } from "./access/lan.ts";
export type { Entry, LimitOptions, Limits } from "./access/limits.ts";
export { Refusals } from "./access/refusals.ts";
export { MessageBudget, TokenBucket } from "./access/token-bucket.ts";
export { type VisitorLimits, Visitors } from "./access/visitors.ts";
