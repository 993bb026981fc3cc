// Parts: mingw, mount, qemu-arm64, wine
/** The compiled programs, and how this machine runs each. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { programName, TARGETS, type Target } from "../../../scripts/build/targets.ts";
import type { LanvidOptions } from "../../support/lanvid.ts";

const ROOT = join(import.meta.dir, "../../..");
const WINE = "/usr/lib/wine/wine64";
const QEMU = "/usr/bin/qemu-aarch64-static";
/** The kernel takes /proc away again with the last process. */
const ENTER_ROOT = '/usr/bin/mount -t proc proc "$0/proc" && exec /usr/sbin/chroot "$0" "$@"';

/** A folder that goes with `using`. */
export class Place implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "lanvid-platform-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A compiled program of dist. */
export function programOf(name: Target["name"]): string {
  const target = TARGETS.find((one) => one.name === name) as Target;
  return join(ROOT, "dist", name, programName(target));
}

/** How to run a target's program here; with a cache folder of its own, and without this machine's ffmpeg. */
export function runnerOf(name: "linux-x64" | "linux-arm64" | "windows-x64", place: Place): LanvidOptions {
  const env = { LANVID_FFMPEG: undefined, LANVID_CACHE: join(place.path, "cache"), PATH: "/nowhere" };
  switch (name) {
    case "linux-x64":
      return {
        within: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", ENTER_ROOT, bareRoot(place)],
        binary: "/lanvid",
        env: { ...env, LANVID_CACHE: undefined, HOME: "/home" },
      };
    case "linux-arm64":
      return { within: [QEMU], binary: programOf(name), env: { ...env, LANVID_FFMPEG: emulatedFfmpeg(env, place) } };
    case "windows-x64":
      return { within: [WINE], binary: programOf(name), env: { ...wineEnvironment(place), LANVID_FFMPEG: undefined } };
    default:
      return name satisfies never;
  }
}

/**
 * A script that runs the ffmpeg which the program has unpacked: this kernel starts programs of another processor only
 * where it was told about qemu, which these tests leave as it is.
 */
function emulatedFfmpeg(env: LanvidOptions["env"], place: Place): string {
  // Unpacks; then fails to start it, or does not.
  Bun.spawnSync([QEMU, programOf("linux-arm64"), "devices"], { env: { ...process.env, ...env }, stdin: "ignore" });
  const script = join(place.path, "ffmpeg");
  writeFileSync(script, `#!/bin/sh\nexec ${QEMU} "${place.path}"/cache/*/ffmpeg "$@"\n`);
  chmodSync(script, 0o755);
  return script;
}

/**
 * A root with nothing but the program, libc (and libgcc_s, which Debian's libc brings and canvas needs) and the devices
 * that every system has: no shell, no fonts.
 */
function bareRoot(place: Place): string {
  const root = join(place.path, "root");
  const program = programOf("linux-x64");
  const canvas = "node_modules/@napi-rs/canvas-linux-x64-gnu/skia.linux-x64-gnu.node";
  const libraries = Bun.spawnSync(["ldd", program, join(ROOT, canvas)])
    .stdout.toString()
    .matchAll(/(\/\S+) \(0x/g);
  for (const library of [...libraries].map(([, path]) => path as string)) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(library, join(root, library));
  }
  for (const folder of ["dev", "home", "proc", "tmp"]) {
    mkdirSync(join(root, folder));
  }
  for (const [device, minor] of [
    ["null", "3"],
    ["urandom", "9"],
  ] as const) {
    Bun.spawnSync(["mknod", "-m", "666", join(root, "dev", device), "c", "1", minor]);
  }
  copyFileSync(program, join(root, "lanvid"));
  chmodSync(join(root, "lanvid"), 0o755);
  return root;
}

/** A Windows of its own. Wine 8 lacks one system library: it comes from a few lines of C. */
function wineEnvironment(place: Place): Record<string, string> {
  const prefix = join(place.path, "wine");
  const env = { WINEPREFIX: prefix, WINEDEBUG: "-all", WINEDLLOVERRIDES: "mscoree,mshtml=", WINEARCH: "win64" };
  mkdirSync(prefix);
  Bun.spawnSync([WINE, "wineboot", "-i"], { env: { ...process.env, ...env }, stdin: "ignore" });
  const source = join(place.path, "bcryptprimitives.c");
  writeFileSync(
    source,
    `#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return RtlGenRandom(data, (ULONG)size); }
`,
  );
  const library = join(prefix, "drive_c/windows/system32/bcryptprimitives.dll");
  Bun.spawnSync(["x86_64-w64-mingw32-gcc", "-shared", "-O", "-o", library, source, "-ladvapi32"]);
  return env;
}
