/**
 * Is this terminal's person at another machine? By ssh without a display of theirs: then no window and no browser of this
 * machine's is where they look, nor is an address of its own worth telling them.
 */
export function isOverSsh(env: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(env["SSH_CONNECTION"] || env["SSH_TTY"]) && !env["DISPLAY"] && !env["WAYLAND_DISPLAY"];
}
