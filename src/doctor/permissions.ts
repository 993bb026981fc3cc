type Environment = Readonly<Record<string, string | undefined>>;

/** Terminals by what they put into TERM_PROGRAM: it is them that macOS asks about, not the programs in them. */
const TERMINALS: Readonly<Record<string, string>> = {
  Apple_Terminal: "Terminal",
  "iTerm.app": "iTerm",
  vscode: "Visual Studio Code",
  WezTerm: "WezTerm",
  ghostty: "Ghostty",
  WarpTerminal: "Warp",
};

/** A part of macOS that programs need the person's leave for, by its name in the settings. */
export type Permission = "Camera" | "Screen & System Audio Recording" | "Local Network";

/** Where macOS keeps the leave, and whom to give it to. */
export function permissionHint(permission: Permission, env: Environment): string {
  const holder = TERMINALS[env["TERM_PROGRAM"] ?? ""] ?? "the program that lanvid is started from";
  return `allow ${holder} in System Settings > Privacy & Security > ${permission}, then start it again`;
}
