let prefix: readonly string[] | undefined;

/**
 * Wraps a command so that the kernel ends it when this process ends, however that happens: a child that is silent or
 * stopped would not notice otherwise. Linux with util-linux's `setpriv` (part of every Debian, Fedora, Arch); elsewhere,
 * and with BusyBox's, which can't do it, the command as it is.
 */
export function diesWithParent(command: readonly string[]): string[] {
  prefix ??= findPrefix();
  return [...prefix, ...command];
}

function findPrefix(): readonly string[] {
  const setpriv = process.platform === "linux" ? Bun.which("setpriv") : null;
  if (setpriv === null) {
    return [];
  }
  const found = [setpriv, "--pdeathsig", "KILL", "--"];
  const { exitCode } = Bun.spawnSync([...found, "true"], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  return exitCode === 0 ? found : [];
}
