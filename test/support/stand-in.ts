import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What `ffmpeg -version` says, so that a script is taken for one. */
const VERSION = "ffmpeg version 5.1-stand-in\nlibavutil      57. 28.100 / 57. 28.100\n";

/** A folder of a test's own; it goes with `using`. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "lanvid-test-"));

  /** Writes a file into it, and gives its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** Writes a shell script into it that stands in for ffmpeg, and gives its path. It has the real one as $REAL. */
  standIn(name: string, script: string): string {
    const version = `case "$1" in -version) printf '%s' '${VERSION}'; exit 0;; esac`;
    const path = this.write(name, `#!/bin/bash\nREAL=${Bun.which("ffmpeg")}\n${version}\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
