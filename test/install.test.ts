// Parts: curl
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Folder } from "./support/stand-in.ts";

setDefaultTimeout(180_000);

const SCRIPT = join(import.meta.dir, "../scripts/install.sh");
const ARCHIVE = "lanvid-1.2.3-linux-x64.tar.gz";

const published = new Folder();
let server: Bun.Server<undefined>;

beforeAll(() => {
  const program = published.write("stage/lanvid-1.2.3-linux-x64/lanvid", "#!/bin/sh\necho 1.2.3\n");
  chmodSync(program, 0o755);
  const archive = join(published.path, ARCHIVE);
  Bun.spawnSync(["tar", "-czf", archive, "-C", join(published.path, "stage"), "lanvid-1.2.3-linux-x64"]);
  const digest = createHash("sha256").update(readFileSync(archive)).digest("hex");
  const right = `${"0".repeat(64)}  lanvid-1.2.3-macos-x64.tar.gz\n${digest}  ${ARCHIVE}\n`;
  const sums: Record<string, string> = {
    right,
    wrong: right.replace(
      digest,
      digest.replace(/^./, (digit) => (digit === "0" ? "1" : "0")),
    ),
    missing: right.replace(/.*linux-x64.*\n/, ""),
    "without-archive": right.replaceAll("1.2.3", "9.9.9"),
  };
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const [, kind = "", file = ""] = new URL(request.url).pathname.split("/");
      if (file === "SHA256SUMS" && kind in sums) {
        return new Response(sums[kind]);
      }
      const isThere = file === ARCHIVE && kind in sums;
      return isThere ? new Response(Bun.file(archive)) : new Response("not here", { status: 404 });
    },
  });
});

afterAll(async () => {
  await server.stop(true);
  published[Symbol.dispose]();
});

/** Runs the installer as a user of this home folder would. */
async function install(home: Folder, args: readonly string[], path = process.env["PATH"]) {
  const child = Bun.spawn(["/bin/sh", SCRIPT, ...args], {
    env: { HOME: home.path, PATH: path, TMPDIR: home.write("tmp/.keep", "").replace("/.keep", "") },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, stdout, stderr };
}

const from = (kind: string) => ["--from", `http://127.0.0.1:${server.port}/${kind}/`];
const programOf = (home: Folder) => join(home.path, ".local/bin/lanvid");

/** A folder first on PATH whose uname says what it is told. */
function pretending(home: Folder, system: string, machine: string): string {
  chmodSync(home.write("bin/uname", `#!/bin/sh\n[ "$1" = -m ] && echo ${machine} || echo ${system}\n`), 0o755);
  return `${home.path}/bin:${process.env["PATH"]}`;
}

test("the installer puts the program into ~/.local/bin, and leaves nothing else", async () => {
  using home = new Folder();

  const { code, stdout, stderr } = await install(home, from("right"), pretending(home, "Linux", "x86_64"));

  expect(code).toBe(0);
  expect(stdout).toBe(`${programOf(home)}: 1.2.3\n`);
  expect(stderr).toBe(`lanvid: hint: put ${home.path}/.local/bin on your PATH\n`);
  expect(readdirSync(join(home.path, ".local/bin"))).toEqual(["lanvid"]);
  expect(readdirSync(join(home.path, "tmp"))).toEqual([".keep"]);
});

test("the installer replaces an older one, in the folder that is named", async () => {
  using home = new Folder();
  const older = home.write("programs/lanvid", "older");
  const args = [...from("right"), "--to", join(home.path, "programs")];

  const { code } = await install(home, args, pretending(home, "Linux", "x86_64"));

  expect(code).toBe(0);
  expect(readFileSync(older, "utf8")).toContain("echo 1.2.3");
});

test.each([
  ["the checksum is wrong", "wrong", "it must be"],
  ["there is no checksum for the system", "missing", "cannot find a checksum for linux-x64"],
  ["there are no checksums", "nowhere", "cannot download"],
  ["there is no archive", "without-archive", "cannot download"],
])("the installer installs nothing when %s", async (_what, kind, message) => {
  using home = new Folder();

  const { code, stdout, stderr } = await install(home, from(kind), pretending(home, "Linux", "x86_64"));

  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toContain("lanvid: error: ");
  expect(stderr).toContain(message);
  expect(stderr).toContain("lanvid: hint: ");
  expect(existsSync(programOf(home))).toBe(false);
  expect(readdirSync(join(home.path, "tmp"))).toEqual([".keep"]);
});

test.each([
  ["FreeBSD", "amd64", "there is no lanvid for FreeBSD"],
  ["Linux", "riscv64", "there is no lanvid for the processor riscv64"],
  ["Darwin", "arm64", "cannot find a checksum for macos-arm64"],
  ["Linux", "aarch64", "cannot find a checksum for linux-arm64"],
])("the installer knows the system: %s on %s", async (system, machine, message) => {
  using home = new Folder();

  const { code, stderr } = await install(home, from("right"), pretending(home, system, machine));

  expect(code).toBe(1);
  expect(stderr).toContain(message);
});

test("the installer wants an address, and knows its options", async () => {
  using home = new Folder();

  const results = [await install(home, []), await install(home, ["--from"]), await install(home, ["--fast"])];

  expect(results.map(({ code }) => code)).toEqual([2, 2, 2]);
});
