/** Three examples per command. */
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

/** The examples of a command, as a part of its help. */
export function examples(command: string): string {
  return `\nExamples:\n${(EXAMPLES[command] ?? []).map((line) => `  ${line}`).join("\n")}\n`;
}

/** The same for all commands. */
export const ENVIRONMENT_AND_CODES = `
Sources:
  camera, camera:N|NAME|PATH, screen, screen:N, test, - (standard input),
  scheme://… (whatever ffmpeg opens), lanvid://HOST[:PORT] (a relay),
  or a file.
  What follows -- goes to ffmpeg, before its -i.

Environment (a flag beats it):
  LANVID_PORT, LANVID_HTTP, LANVID_BIND, LANVID_NAME, LANVID_MAX_DELAY,
  LANVID_FFMPEG, LANVID_CACHE (the folder that what is inside is unpacked to),
  and LANVID_LOG=quiet|normal|verbose

Exit codes:
  0 ended as asked      1 fault of ours       2 usage
  3 source missing, busy or denied            4 no usable ffmpeg
  5 port or address     6 cannot connect, or lost
  7 refused by, or incompatible with, the peer
  8 output file         9 no display for the view asked`;
