// Parts: ffmpeg
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withoutPlaylists } from "../src/capture/playlists.ts";
import { parseDemuxers } from "../src/ffmpeg/demuxers.ts";
import { listDemuxers } from "../src/ffmpeg.ts";
import { Lanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const folder = new Folder();
const path = (name: string) => join(folder.path, name);

function ffmpeg(...words: string[]): void {
  const { success, stderr } = Bun.spawnSync(["ffmpeg", "-v", "error", "-nostdin", "-y", ...words], {
    cwd: folder.path,
  });
  if (!success) {
    throw new Error(stderr.toString());
  }
}

beforeAll(() => {
  ffmpeg(
    ..."-f lavfi -i testsrc2=size=320x180:rate=10:duration=2 -c:v libx264 -pix_fmt yuv420p -g 5".split(" "),
    "own.ts",
  );
  ffmpeg(..."-i own.ts -c copy own.mp4".split(" "));
  ffmpeg(..."-i own.ts -c copy own.mkv".split(" "));
  ffmpeg(..."-i own.ts own.avi".split(" "));
  ffmpeg(..."-i own.ts -frames:v 1 own.jpg".split(" "));
  ffmpeg(..."-i own.ts own.gif".split(" "));
  ffmpeg(..."-i own.ts -c copy own.h264".split(" "));
});

afterAll(() => folder[Symbol.dispose]());

/** What comes of serving a file: "live", or what is said instead. */
async function served(name: string, ...extra: string[]): Promise<string> {
  // What follows "--" must be at the end.
  const within = extra.length === 0 ? [] : ["sh", "-c", `exec "$@" -- ${extra.join(" ")}`, "--"];
  await using server = new Lanvid(["serve", path(name), "--port", "0", "--http", "off"], { within });
  const { port } = await server.event("ready");
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "1"]);
  const frame = viewer.event("end").then(({ reason }) => (reason === "frames" ? "live" : String(reason)));
  const refusal = server
    .eventWhere(() => server.stderr.includes("lanvid: warning:"))
    .then(() => server.stderr)
    .catch(() => "nothing");
  return await Promise.race([frame, refusal]);
}

const CONCAT = (film: string) => `ffconcat version 1.0\nfile '${film}'\n`;
const HLS = (film: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n${film}\n#EXT-X-ENDLIST\n`;

describe("a playlist is not played under a name that does not say so:", () => {
  test.each([
    ["an ffconcat", "innocent.mp4", () => CONCAT("own.mp4")],
    ["an .m3u8", "holiday.mkv", () => HLS(path("own.ts"))],
    ["an .m3u8 without a suffix", "clip", () => HLS("own.ts")],
    [
      "an SDP",
      "meeting.mp4",
      () =>
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 40404 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    ],
  ])("%s", async (_, name, content) => {
    writeFileSync(path(name), content());

    const said = await served(name);

    expect(said).toContain(`${path(name)} is a playlist, but its name does not say so`);
    expect(said).toContain("lanvid: hint: rename it, if you trust the files that it lists");
    expect(said).not.toContain("matroska");
  });
});

describe("what says what it is, is played as before:", () => {
  test.each(["own.mp4", "own.mkv", "own.ts", "own.avi", "own.jpg", "own.gif", "own.h264"])("%s", async (name) => {
    expect(await served(name)).toBe("live");
  });

  test.each([
    ["list.ffconcat", () => CONCAT("own.mp4")],
    ["list.m3u8", () => HLS("own.ts")],
    ["LIST.M3U8", () => HLS(path("own.ts"))],
  ])("%s", async (name, content) => {
    writeFileSync(path(name), content());

    expect(await served(name)).toBe("live");
  });

  test("a list whose format the person names", async () => {
    writeFileSync(path("list.txt"), `file '${path("own.mp4")}'\n`);

    expect(await served("list.txt", "-f", "concat", "-safe", "0")).toBe("live");
  });

  test("an .sdp of a stream on this machine", async () => {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const { port } = socket.address();
    socket.close();
    const send =
      "ffmpeg -v error -nostdin -re -stream_loop -1 -i own.ts -an -c:v mpeg4 -g 5 -f rtp -sdp_file live.sdp".split(" ");
    const sender = Bun.spawn([...send, `rtp://127.0.0.1:${port}`], { cwd: folder.path, stderr: "ignore" });
    try {
      await waitFor("the file of the stream", () => Bun.file(path("live.sdp")).exists());
      expect(await served("live.sdp", "-protocol_whitelist", "file,crypto,data,rtp,udp")).toBe("live");
    } finally {
      sender.kill();
      await sender.exited;
    }
  });
});

test("every format of this ffmpeg but playlists may be in a file", () => {
  const all = listDemuxers("ffmpeg");
  const [option, list = ""] = withoutPlaylists("/films/x.mp4", [], () => all);
  const allowed = list.split(",");

  expect(option).toBe("-format_whitelist");
  expect(allowed).toContain("mp4");
  expect(allowed).toContain("matroska");
  expect(all.length).toBeGreaterThan(200);
  const left = all.flatMap((name) => name.split(",")).filter((name) => !allowed.includes(name));
  expect(left).toEqual(expect.arrayContaining(["concat", "hls", "sdp"]));
  expect(left.length).toBeLessThan(12);
});

test("formats are read from both ways in which ffmpeg lists them", () => {
  const older =
    "File formats:\n D. = Demuxing supported\n .E = Muxing supported\n --\n D  mov,mp4 QuickTime\n D  hls  HLS\n";
  const newer =
    "Demuxers:\n D.. = Demuxing supported\n ..d = Is a device\n ---\n D   mov,mp4 QuickTime\n D d lavfi Libavfilter\n";

  expect(parseDemuxers(older)).toEqual(["mov,mp4", "hls"]);
  expect(parseDemuxers(newer)).toEqual(["mov,mp4", "lavfi"]);
});

test("nothing is asked, and nothing kept out, where the name or the person says what it is", () => {
  const never = () => {
    throw new Error("asked");
  };

  expect(withoutPlaylists("/x/live.m3u8", [], never)).toEqual([]);
  expect(withoutPlaylists("/x/film", ["-f", "concat"], never)).toEqual([]);
  expect(withoutPlaylists("/x/film.mp4", [], () => [])).toEqual([]);
});
