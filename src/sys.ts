/** What the operating system is asked directly: addresses, sockets' options, the browser, the end of children. */

export { openInBrowser } from "./sys/browser.ts";
export { diesWithParent } from "./sys/dies-with-parent.ts";
export { hostPolicy, type HostPolicy } from "./sys/host-policy.ts";
export { isLanAddress, lanAddresses } from "./sys/lan.ts";
export { monitors, type Monitor, parseMonitors } from "./sys/monitors.ts";
export { keepSendBufferSmall } from "./sys/socket-options.ts";
