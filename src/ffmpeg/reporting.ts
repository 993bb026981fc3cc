/** Options with which ffmpeg says what it has found, and of each line how bad that is. */
export const REPORTING = ["-nostats", "-loglevel", "level+info"] as const;

/** "[hls @ 0x55d0] [info] Opening …" */
const LEVEL = /^((?:\[[^\]]* @ [^\]]*\] )*)\[(panic|fatal|error|warning|info|verbose|debug|trace)\] /;
const COMPLAINTS: ReadonlySet<string> = new Set(["panic", "fatal", "error"]);

/** Takes a line of an ffmpeg apart that runs with `REPORTING`; one without a level goes on with the line before. */
export function readLine(line: string): { readonly text: string; readonly isComplaint: boolean | null } {
  const [prefix = "", context = "", level] = LEVEL.exec(line) ?? [];
  return {
    text: context + line.slice(prefix.length),
    isComplaint: level === undefined ? null : COMPLAINTS.has(level),
  };
}
