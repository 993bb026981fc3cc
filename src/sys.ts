/** What the operating system is asked directly: addresses, sockets' options, the browser, the end of children. */

export { browserOpener, openInBrowser } from "./sys/browser.ts";
export { raiseDescriptorLimit } from "./sys/descriptors.ts";
export { diesWithParent } from "./sys/dies-with-parent.ts";
export { isMarkedAsDownloaded } from "./sys/download-mark.ts";
export { ignoresHangup } from "./sys/hangup.ts";
export { linuxLibc } from "./sys/linux-libc.ts";
export { type Monitor, monitors, monitorsNow } from "./sys/monitors.ts";
export { isOverSsh } from "./sys/over-ssh.ts";
export { isAloneInConsole } from "./sys/own-console.ts";
export { picturesFolder } from "./sys/pictures-folder.ts";
export { closePipe, createPipe, PipeReader } from "./sys/pipe.ts";
export { addressOfPeer, connectionsOn, cutConnection, peerKey } from "./sys/port-connections.ts";
export { portFault } from "./sys/port-fault.ts";
export { keepSendBufferSmall, keepUnsentSmall } from "./sys/socket-options.ts";
export { fitting } from "./sys/terminal-columns.ts";
