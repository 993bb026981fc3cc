/** What the operating system is asked directly: addresses, sockets' options, the browser, the end of children. */

export { openInBrowser } from "./sys/browser.ts";
export { diesWithParent } from "./sys/dies-with-parent.ts";
export { type HostPolicy, hostPolicy } from "./sys/host-policy.ts";
export { isLanAddress, lanAddresses } from "./sys/lan.ts";
export { type Monitor, monitors, parseMonitors } from "./sys/monitors.ts";
export { keepSendBufferSmall, keepUnsentSmall } from "./sys/socket-options.ts";
