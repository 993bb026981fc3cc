// Parts: ffmpeg
import { readFileSync } from "node:fs";
import { cpus, release } from "node:os";

/** What a bench ran on: figures mean little without it. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly loadAverage: string;
  readonly kernel: string;
  readonly bun: string;
  readonly ffmpeg: string;
  readonly chromium: string;
}

/** Asks the system and the programs that benches use; "none" for a program that is not there. */
export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    loadAverage: readFileSync("/proc/loadavg", "utf8").split(" ").slice(0, 3).join(" "),
    kernel: release(),
    bun: Bun.version,
    ffmpeg: versionOf(["ffmpeg", "-version"], /^ffmpeg version (\S+)/),
    chromium: versionOf([process.env["CHROMIUM"] ?? "chromium", "--version"], /Chromium (\S+)/),
  };
}

function versionOf(command: readonly string[], pattern: RegExp): string {
  try {
    const { stdout } = Bun.spawnSync([...command], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
      timeout: 10_000,
    });
    return pattern.exec(stdout.toString())?.[1] ?? "unknown";
  } catch {
    return "none";
  }
}
