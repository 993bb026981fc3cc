/**
 * Opens an address in the person's browser.
 * @returns false when there is no way to: no desktop, or no opener installed
 */
export function openInBrowser(url: string, platform: NodeJS.Platform = process.platform): boolean {
  const command = opener(url, platform);
  if (command === null || Bun.which(command[0] as string) === null) {
    return false;
  }
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  child.unref();
  return true;
}

/** The program that opens a browser; null without a display. It may not be installed. */
export function browserOpener(platform: NodeJS.Platform = process.platform): string | null {
  return opener("", platform)?.[0] ?? null;
}

function opener(url: string, platform: NodeJS.Platform): string[] | null {
  switch (platform) {
    case "darwin":
      return ["open", url];
    case "win32":
      return ["rundll32", "url.dll,FileProtocolHandler", url];
    default:
      return process.env["DISPLAY"] || process.env["WAYLAND_DISPLAY"] ? ["xdg-open", url] : null;
  }
}
