/**
 * Wraps a command so that the kernel ends it when this process ends, however that happens: a child that is silent or
 * stopped would not notice otherwise. Linux with util-linux's `setpriv` (part of every Debian, Fedora, Arch); elsewhere
 * the command as it is.
 */
export function diesWithParent(command: readonly string[]): string[] {
  const setpriv = process.platform === "linux" ? Bun.which("setpriv") : null;
  return setpriv === null ? [...command] : [setpriv, "--pdeathsig", "KILL", "--", ...command];
}
