import type { Command, Option } from "commander";

/** What is shown beside the options of a command: the most important of these, examples, keys. */

const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  lanvid: ["lanvid serve", "lanvid watch 10.0.0.4", "lanvid serve screen --fps 15"],
  serve: ["lanvid serve camera --size 1920x1080", "lanvid serve film.mp4", "ffmpeg … -f mpegts - | lanvid serve -"],
  watch: [
    "lanvid watch 10.0.0.4:10050",
    "lanvid watch studio.local --snapshot now.jpg",
    "lanvid watch 10.0.0.4 --output film.mp4",
  ],
  push: ["lanvid push 10.0.0.4", "lanvid push 10.0.0.4:10050 screen", "lanvid push studio.local test --no-retry"],
  receive: ["lanvid receive", "lanvid receive --port 10060", "lanvid receive --output visit.mkv"],
  doctor: ["lanvid doctor", "lanvid doctor 10.0.0.4", "lanvid doctor studio.local:10050 --json"],
  devices: ["lanvid devices", "lanvid devices --json", "lanvid serve camera:0"],
};

/** The options that most people need; of a command that is not here, all. */
const MAIN_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  serve: ["size", "fps", "quality", "codec", "max-delay", "port", "http", "name", "public", "preview", "json"],
  push: ["size", "fps", "quality", "codec", "max-delay", "no-retry", "name", "json"],
  watch: ["view", "snapshot", "output", "force", "frames", "max-delay", "no-retry", "json"],
  receive: ["port", "name", "view", "snapshot", "output", "force", "max-delay", "public", "json"],
};

/** The keys that are read in the terminal where a command runs, by role. */
export const KEYS = {
  serve: [
    ["q", "quits"],
    ["h", "shows the addresses again"],
    ["?", "lists the keys"],
  ],
  push: [
    ["q", "quits"],
    ["?", "lists the keys"],
  ],
  watch: [
    ["q", "quits"],
    ["?", "lists the keys"],
  ],
  receive: [
    ["q", "quits"],
    ["h", "shows the addresses again"],
    ["?", "lists the keys"],
  ],
} as const;

const SOURCES = `
Sources:
  camera, camera:N|NAME|PATH, screen, screen:N, test, - (standard input),
  scheme://… (whatever ffmpeg opens), lanvid://HOST[:PORT] (another lanvid's
  stream), or a file. Arguments after -- go to ffmpeg, before its -i.
`;

const ENVIRONMENT = `
Environment (a flag beats it):
  LANVID_PORT, LANVID_HTTP, LANVID_BIND, LANVID_NAME, LANVID_MAX_DELAY,
  LANVID_FFMPEG, LANVID_CACHE (the folder for what it unpacks),
  LANVID_LOG=quiet|normal|verbose, and NO_COLOR=1 for no colours
`;

const EXIT_CODES = `
Exit codes:
  0 ended normally      1 a bug in lanvid     2 usage
  3 source missing, busy or denied            4 no usable ffmpeg
  5 port or address     6 cannot connect, or lost
  7 refused by, or incompatible with, the other side
  8 output file         9 no display for the view asked for
`;

/** May this option be shown? @param isWhole all of them are asked for */
export function isShown(command: Command, option: Option, isWhole: boolean): boolean {
  const main = MAIN_OPTIONS[command.name()];
  return isWhole || main === undefined || main.includes((option.long ?? "").slice(2));
}

/** What stands below the options of a command. @param isWhole all there is to say is asked for */
export function helpTail(command: string, isWhole: boolean): string {
  const examples = `\nExamples:\n${(EXAMPLES[command] ?? []).map((line) => `  ${line}`).join("\n")}\n`;
  const isProgram = command === "lanvid";
  const sources = isProgram || ["serve", "push"].includes(command) ? SOURCES : "";
  const environment = isWhole || isProgram ? ENVIRONMENT : "";
  const more = isWhole ? "" : moreHelp(command);
  return more + examples + keys(command) + sources + environment + EXIT_CODES.trimEnd();
}

function moreHelp(command: string): string {
  if (command === "lanvid") {
    return "\nMore about a command: lanvid COMMAND --help\n";
  }
  return MAIN_OPTIONS[command] === undefined ? "" : `\nAll options: lanvid ${command} --help all\n`;
}

function keys(command: string): string {
  const where = "\nKeys, in the terminal where it runs:\n  ";
  if (command === "lanvid") {
    return `${where}q quits, ? lists the keys; serve and receive: h shows the addresses again\n`;
  }
  const list = KEYS[command as keyof typeof KEYS];
  return list === undefined ? "" : `${where}${list.map(([key, what]) => `${key} ${what}`).join(", ")}\n`;
}
