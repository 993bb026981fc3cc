import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { guarded } from "../src/cli/uncaught.ts";
import { Lanvid } from "./support/lanvid.ts";
import { allChildrenOf, commandOf, ffmpegOf, identityOf, isRunning } from "./support/processes.ts";
import { Folder } from "./support/stand-in.ts";
import { Terminal } from "./support/terminal.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const PRELOAD = join(import.meta.dir, "support/fault-on-signal.ts");
const KINDS = ["throw", "reject"] as const;

let server: Lanvid;
let address: string;

beforeAll(async () => {
  server = new Lanvid(["serve", "test", "--size", "640x360", "--codec", "h264", "--port", "0", "--http", "off"]);
  address = `127.0.0.1:${(await server.event("ready"))["port"]}`;
});

afterAll(() => server[Symbol.asyncDispose]());

test.each(KINDS)(
  "an error of ours that nobody catches (%s) ends serve, is told, and leaves nothing behind",
  async (fault) => {
    const args = ["serve", "test", "--port", "0", "--http", "off", "--always-on"];
    await using faulty = new Lanvid(args, { preload: PRELOAD, env: { FAULT: fault } });
    const ready = await faulty.event("ready");
    await using viewer = new Lanvid(["watch", `127.0.0.1:${ready["port"]}`, "--view", "none", "--no-retry"]);
    await viewer.eventWhere((event) => event["state"] === "live");
    const children = allChildrenOf(faulty.child.pid).map((pid) => identityOf(pid));

    faulty.kill("SIGUSR2");

    expect(await faulty.exited()).toBe(1);
    expect(faulty.events.at(-1)).toMatchObject({
      event: "end",
      reason: "error",
      code: 1,
      message: "this is a bug in lanvid: made to fail",
      viewers: { count: 1 },
    });
    expect(faulty.stderr.match(/^lanvid: error: .*$/gm)).toEqual([
      "lanvid: error: this is a bug in lanvid: made to fail",
    ]);
    expect(faulty.stderr).toContain("lanvid: hint: report it");
    expect(faulty.stderr).not.toContain("fault-on-signal.ts");
    expect(children.length).toBeGreaterThan(0);
    await waitFor("its children to end", () => allGone(children));
    // Its viewers are told, too: nothing of what it was.
    await viewer.exited();
    expect(JSON.stringify(viewer.events.at(-1))).not.toContain("made to fail");
  },
);

/** @param identities as `identityOf` gives them */
function allGone(identities: readonly (string | null)[]): boolean {
  return identities.every((identity) => {
    const pid = Number(identity?.split(" ")[0]);
    return identity === null || !isRunning(pid) || identityOf(pid) !== identity;
  });
}

test("--verbose says where it happened", async () => {
  const args = ["serve", "test", "--port", "0", "--http", "off", "--verbose"];
  await using faulty = new Lanvid(args, { preload: PRELOAD });
  await faulty.event("ready");

  faulty.kill("SIGUSR2");

  expect(await faulty.exited()).toBe(1);
  expect(faulty.stderr).toContain("fault-on-signal.ts");
});

test.each(KINDS)("a recording keeps what had come, and its length, when watch fails (%s)", async (fault) => {
  using folder = new Folder();
  const path = join(folder.path, "film.mp4");
  const args = ["watch", address, "--view", "none", "--output", path];
  await using faulty = new Lanvid(args, { preload: PRELOAD, env: { FAULT: fault } });
  await faulty.eventWhere((event) => Number(event["frames"]) >= 45);

  faulty.kill("SIGUSR2");

  expect(await faulty.exited()).toBe(1);
  const end = faulty.events.at(-1) as Record<string, unknown>;
  expect(end).toMatchObject({
    event: "end",
    reason: "error",
    code: 1,
    message: "this is a bug in lanvid: made to fail",
  });
  // All but those that came before the first key frame: a killed one lacks up to half a second, and its length.
  expect(probe(path, "frames")).toBeGreaterThanOrEqual(Number(end["frames"]) - 2);
  expect(probe(path, "duration")).toBeGreaterThan(1);
});

function probe(path: string, what: "frames" | "duration"): number {
  const entries =
    what === "frames"
      ? ["-count_frames", "-show_entries", "stream=nb_read_frames"]
      : ["-show_entries", "format=duration"];
  const { stdout } = Bun.spawnSync(["ffprobe", "-v", "error", ...entries, "-of", "csv=p=0", path]);
  return Number(stdout.toString().trim());
}

test("a terminal that showed the picture is as it was, and says what happened", async () => {
  using folder = new Folder();
  const program = `${process.execPath} --preload ${PRELOAD} ${join(import.meta.dir, "../src/main.ts")}`;
  const script = folder.write(
    "run",
    [
      `stty -g > ${folder.path}/before`,
      `${program} watch ${address} --view terminal; code=$?`,
      `stty -g > ${folder.path}/after`,
      `echo "ended with $code"`,
    ].join("\n"),
  );
  await using terminal = new Terminal(`bash ${script}`);
  // A half character: a picture is drawn.
  await terminal.shows("▀");
  const lanvid = await waitFor("lanvid", () => lanvidBelow(terminal.child.pid));

  process.kill(lanvid, "SIGUSR2");
  await terminal.shows("ended with 1");

  const last = terminal.screen.slice(terminal.screen.lastIndexOf("\x1b[?1049l"));
  const text = Bun.stripANSI(last);
  expect(terminal.screen).toContain("\x1b[?1049h");
  expect(last).toContain("\x1b[?1049l");
  expect(text).toContain("lanvid: error: this is a bug in lanvid: made to fail");
  expect(terminal.screen.lastIndexOf("\x1b[?25h")).toBeGreaterThan(terminal.screen.lastIndexOf("\x1b[?25l"));
  const [before, after] = await Promise.all(
    ["before", "after"].map((name) => Bun.file(`${folder.path}/${name}`).text()),
  );
  expect(before).toMatch(/^[0-9a-f:]+\n$/);
  expect(after).toBe(before as string);
});

/** The lanvid below this process, at whatever depth; shells have its name in their arguments, too. */
function lanvidBelow(pid: number): number | undefined {
  for (const child of allChildrenOf(pid)) {
    const found = commandOf(child).includes(PRELOAD) ? child : lanvidBelow(child);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

test("words that nobody reads any more are no fault", async () => {
  using folder = new Folder();
  const out = join(folder.path, "out");
  const program = `${process.execPath} ${join(import.meta.dir, "../src/main.ts")}`;
  const command = `exec ${program} serve test --port 0 --http off --always-on --verbose --json 2> >(exec true) > ${out}`;
  const child = Bun.spawn(["bash", "-c", command], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  try {
    const ffmpeg = await ffmpegOf(child.pid);
    // It says so, to nobody.
    process.kill(ffmpeg, "SIGKILL");
    await ffmpegOf(child.pid, ffmpeg);
  } finally {
    child.kill("SIGTERM");
  }

  expect(await child.exited).toBe(0);
  expect((await Bun.file(out).text()).trim().split("\n").at(-1)).toContain('"reason":"signal"');
});

test("what does not end within its time after a fault is not waited for", async () => {
  const faults: string[] = [];
  const stuck = guarded(
    () => {
      setTimeout(() => process.emit("uncaughtException", new RangeError("made to fail")));
      setTimeout(() => process.emit("uncaughtException", new RangeError("what follows")));
      return new Promise(() => undefined);
    },
    ({ message }) => faults.push(message),
    10,
  );

  await expect(stuck).rejects.toThrow("this is a bug in lanvid: made to fail");
  expect(faults).toEqual(["this is a bug in lanvid: made to fail"]);
  expect(process.listenerCount("uncaughtException")).toBe(0);
});
