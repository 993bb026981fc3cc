// Parts: ffmpeg
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { forPeers } from "../src/errors.ts";
import { explain } from "../src/ffmpeg.ts";
import { Folder } from "./support/stand-in.ts";

const SOURCE = { name: "the source", noun: forPeers`the camera` };

function explained(...stderr: string[]) {
  return explain(SOURCE, { code: 1, signal: null, stderr, badOutput: null });
}

describe("what ffmpeg says of devices", () => {
  test.each([
    ["[video4linux2,v4l2 @ 0x1] Cannot open video device /dev/video0: Permission denied", "not allowed to open"],
    ["/dev/video0: Device or resource busy", "is used by another program"],
    ["[video4linux2,v4l2 @ 0x1] ioctl(VIDIOC_STREAMON): Device or resource busy", "is used by another program"],
    [
      "[dshow @ 0x1] Could not run graph (sometimes caused by a device already in use by other application)",
      "is used by",
    ],
    ["[video4linux2,v4l2 @ 0x1] Cannot open video device /dev/video9: No such file or directory", "is not there"],
    ["[video4linux2,v4l2 @ 0x1] ioctl(VIDIOC_DQBUF): No such device", "is not there"],
    ["[dshow @ 0x1] Could not find video device with name [Cam] among source devices of type video.", "is not there"],
    ["[avfoundation @ 0x1] Video device not found", "is not there"],
    ["[video4linux2,v4l2 @ 0x1] ioctl(VIDIOC_S_FMT): Invalid argument", "does not offer the size or rate"],
    [
      "[video4linux2,v4l2 @ 0x1] Cannot find a proper format for codec 'mjpeg' (id 7)",
      "does not offer the size or rate",
    ],
    ["[dshow @ 0x1] Could not set video options", "does not offer the size or rate"],
    [
      "[avfoundation @ 0x1] Selected framerate (30.0) is not supported by the device.",
      "does not offer the size or rate",
    ],
  ])("%s", (line, message) => {
    const { message: said, hint } = explained(line, "Error opening input files: Invalid argument");

    expect(said).toContain(message);
    expect(said).toContain(SOURCE.name);
    expect(hint).toMatch(/^[a-z]/);
  });
});

describe("what this machine's ffmpeg says", () => {
  const folder = new Folder();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => new Response("no", { status: Number(new URL(url).pathname.slice(1)) }),
  });
  const at = (status: number) => `http://user:secret@127.0.0.1:${server.port}/${status}`;

  beforeAll(async () => {
    folder.write("text.txt", "no video");
    folder.write("empty.mp4", "");
    const sound = ["-f", "lavfi", "-i", "sine=duration=0.1"];
    await Bun.spawn(["ffmpeg", "-v", "error", ...sound, `${folder.path}/sound.wav`], { stdin: "ignore" }).exited;
  });

  afterAll(async () => {
    folder[Symbol.dispose]();
    await server.stop(true);
  });

  test.each<[string, string[], string]>([
    ["a missing file", ["-i", "missing.mp4"], "the source is not there"],
    ["a text", ["-i", "text.txt"], "the source holds no video that ffmpeg can read"],
    ["an empty file", ["-i", "empty.mp4"], "the source holds no video that ffmpeg can read"],
    ["sound alone", ["-i", "sound.wav"], "the source has no picture"],
    ["a port where nobody listens", ["-i", "http://127.0.0.1:1/x"], "cannot reach the source"],
    ["a name that is not known", ["-i", "http://nobody.invalid/x"], "cannot reach the source"],
    ["a server that wants a password", ["-i", at(401)], "the source asks for a user name and password"],
    ["a server that forbids it", ["-i", at(403)], "the source asks for a user name and password"],
    ["a path that is not there", ["-i", at(404)], "the source was not found on its server"],
    ["an X display that is not there", ["-f", "x11grab", "-i", ":987"], "the X display does not answer"],
    ["a device that is no camera", ["-f", "v4l2", "-i", "/dev/null"], "the source is not a camera"],
    ["an option that it does not know", ["-nonsense", "1", "-i", "text.txt"], 'does not know "nonsense"'],
    ["a format that it does not know", ["-f", "nonsense", "-i", "text.txt"], 'does not know "nonsense"'],
  ])("of %s becomes a clear message with a hint", async (_what, args, message) => {
    const child = Bun.spawn(
      ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", ...args, "-map", "0:v:0", "-f", "null", "-"],
      { cwd: folder.path, stdin: "ignore", stdout: "ignore", stderr: "pipe", timeout: 10_000 },
    );

    const lines = (await child.stderr.text()).split("\n").filter((line) => line !== "");
    const { message: said, hint } = explained(...lines);

    expect(said).toContain(message);
    expect(hint).toMatch(/^[a-z]/);
  });

  test("of a file that others may not read is that it is not allowed", async () => {
    const path = folder.write("secret.mp4", "x");
    const args = ["chown", "root", path].concat(["&&", "chmod", "600", path, "&&", "chmod", "755", folder.path]);
    await Bun.spawn(["sh", "-c", args.join(" ")], { stdin: "ignore" }).exited;
    const child = Bun.spawn(
      ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "ffmpeg", "-v", "error", "-i", path],
      { stdin: "ignore", stdout: "ignore", stderr: "pipe" },
    );

    const lines = (await child.stderr.text()).split("\n").filter((line) => line !== "");

    expect(explained(...lines).message).toBe("not allowed to open the source");
  });
});

test("what is not known is told in ffmpeg's last words", () => {
  expect(explained("first", "[x @ 0x1] something new").message).toBe(
    "ffmpeg ended with exit code 1: [x @ 0x1] something new",
  );
});

test("an ffmpeg that said nothing is told by its end", () => {
  expect(explain(SOURCE, { code: null, signal: "SIGSEGV", stderr: [], badOutput: null })).toEqual({
    message: "ffmpeg ended with signal SIGSEGV",
    forPeers: forPeers`the camera can't be read: ffmpeg ended`,
    hint: undefined,
  });
});

test("peers hear what kind of fault it is, never what ffmpeg says", () => {
  const unknown = explained("[x @ 0x1] /home/anna/x.mp4: something new").forPeers as string;
  const known = explained("tcp://10.0.0.9:554?x=y: Connection refused").forPeers as string;

  expect(unknown).toBe("the camera can't be read: ffmpeg ended");
  expect(known).toBe("the camera does not answer");
});
