// Parts: ffplay, gstreamer, mpv, vlc
/** Players, as a person starts them by a line of docs/integrations.md, on an X screen. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diesWithParent } from "../../src/sys.ts";

/** VLC does not run as root. In a namespace of users it sees another one, and still reads what root may. */
const NO_ROOT = ["unshare", "--user"];

export interface PlayerLine extends AsyncDisposable {
  /** What it said, for whoever wonders why there is no picture. */
  complaint(): string;
}

/** Starts one. @param display as in DISPLAY */
export function playLine(line: string, display: string): PlayerLine {
  const home = mkdtempSync(join(tmpdir(), "lanvid-player-"));
  chmodSync(home, 0o777);
  // Its other ways to draw need a graphics card.
  writeFileSync(join(home, "mpv.conf"), "vo=x11\n");
  const within = line.startsWith("cvlc ") && process.getuid?.() === 0 ? NO_ROOT : [];
  const child = Bun.spawn(diesWithParent([...within, "sh", "-c", `exec ${line}`]), {
    env: { ...process.env, DISPLAY: display, HOME: home, MPV_HOME: home, XDG_RUNTIME_DIR: home, XDG_CACHE_HOME: home },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  let complaint = "";
  const reading = (async () => {
    for await (const chunk of child.stderr) {
      complaint = (complaint + new TextDecoder().decode(chunk)).slice(-2000);
    }
  })();
  return {
    complaint: () => complaint,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      await reading;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
