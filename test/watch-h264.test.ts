// Parts: mount
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { encodeH264, H264Server } from "./support/h264.ts";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { decodePicture } from "./support/picture.ts";
import { decode, probe } from "./support/probe.ts";
import { Folder } from "./support/stand-in.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { timed } from "./support/timed.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

const SIZE = { width: 640, height: 360 };
const FPS = 30;
const KEY_EVERY = 15;
const folder = new Folder();
/** A disk of 1 MB. */
const disk = join(folder.path, "disk");
let units: Uint8Array[];
let server: H264Server;
let address: string;

async function mustRun(...command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  expect(await child.exited).toBe(0);
}

beforeAll(async () => {
  units = encodeH264({ ...SIZE, count: 60, keyEvery: KEY_EVERY });
  server = new H264Server();
  server.play(units, SIZE);
  address = `127.0.0.1:${server.port}`;
  mkdirSync(disk);
  await mustRun("mount", "-t", "tmpfs", "-o", "size=1m", "none", disk);
});

afterAll(async () => {
  await mustRun("umount", disk);
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** A `watch` that has received this many frames. */
async function watching(where: string, frames: number, ...args: string[]): Promise<Lanvid> {
  const viewer = new Lanvid(["watch", where, ...args]);
  await viewer.eventWhere((event) => event.event === "stats" && Number(event["frames"]) >= frames);
  return viewer;
}

test("H.264 is received as it is where JPEG is not asked for", async () => {
  const { code, stderr, text } = await runLanvid(["watch", address, "--view", "none", "--frames", "30", "--json"]);

  const end = JSON.parse(text.trim().split("\n").at(-1) as string);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(end).toMatchObject({ event: "end", codec: "h264", ...SIZE, frames: 30 });
});

describe.each(["mp4", "mkv", "h264"])("--output film.%s", (suffix) => {
  test("plays from its first frame to its last", async () => {
    const path = join(folder.path, `film.${suffix}`);

    const { code, stderr } = await runLanvid(["watch", address, "--output", path, "--frames", "45"]);

    const { frames, complaints } = decode(path);
    const { codec, width, height } = probe(path);
    expect({ code, stderr: stderr.replace(/^.*saved \S+ \(640×360, [^\n]*\)\n/s, "") }).toEqual({
      code: 0,
      stderr: "",
    });
    expect({ codec, width, height, complaints }).toEqual({ codec: "h264", ...SIZE, complaints: "" });
    // It may begin earlier than what was shown: with the key frame on which that builds.
    expect(frames).toBeWithin(45, 45 + 15);
  });
});

describe.each(["mp4", "mkv"])("%s", (suffix) => {
  test.each([67, 83, 95])("a kill -9 after %d frames costs less than the last second", async (count) => {
    const path = join(folder.path, `killed-${count}.${suffix}`);
    await timed(async () => {
      await using viewer = new Lanvid(["watch", address, "--output", path, "--force"]);
      await waitFor("the viewer", () => server.track.viewers().length === 1);
      const joined = server.framesBeforeJoin;
      await waitFor("the film to go on", () => server.track.frameCount >= joined + count);

      viewer.kill("SIGKILL");
      const given = server.track.frameCount;
      await viewer.exited();

      const { times, complaints } = probe(path);
      const { frames, complaints: complaintsOfFrames } = decode(path);
      // It begins with the key frame that was the newest when it joined.
      const first = joined - ((joined - 1) % KEY_EVERY);
      const lost = given - (first + frames - 1);
      expect({ complaints, complaintsOfFrames }).toEqual({ complaints: "", complaintsOfFrames: "" });
      expect(times).toHaveLength(frames);
      expect(lost).toBeGreaterThanOrEqual(0);
      return [{ what: "what is lost", ms: (lost * 1000) / FPS, atMost: 1000, isWork: true }];
    });
  });

  test("a disk that fills up is exit code 8, the file plays up to there, and others do not notice", async () => {
    const path = join(disk, `film.${suffix}`);
    await using other = await watching(address, 10, "--view", "none");
    await timed(async () => {
      const next = other.events.length;
      await waitFor("a second to begin", () => other.events.length > next);
      const before = other.events.length;

      const { code, stderr } = await runLanvid(["watch", address, "--output", path]);

      expect(code).toBe(8);
      expect(stderr).toContain(`lanvid: error: cannot write "${path}": the disk is full`);
      expect(stderr).toContain("lanvid: hint: make room, or choose another disk");
      await waitFor("the other viewer's figures", () => other.events.length > before + 2);
      // Before this process, which has the server in it, waits for others.
      const seconds = other.events.slice(before);
      const { frames, complaints } = decode(path);
      expect(complaints).toBe("");
      expect(frames).toBeGreaterThan(20);
      expect(probe(path).complaints).toBe("");
      await mustRun("rm", path);
      const leftOut = Number(seconds.at(-1)?.["dropped"]) - Number(other.events[before - 1]?.["dropped"]);
      return [
        { what: "pictures left out, by their time", ms: (leftOut * 1000) / FPS, atMost: 0 },
        ...seconds.map((event) => {
          expect(event).toMatchObject({ event: "stats", reconnects: 0 });
          return { what: "frames", perSecond: Number(event["fps"]), atLeast: 0.8 * FPS, inTimeMs: 250 };
        }),
      ];
    });
  });

  test("a recording goes on after the connection was lost, with the gap in it", async () => {
    const path = join(folder.path, `lost.${suffix}`);
    const first = new H264Server();
    first.play(units, SIZE);
    await using viewer = await watching(`127.0.0.1:${first.port}`, 20, "--output", path);
    await first[Symbol.asyncDispose]();
    await viewer.eventWhere((event) => event["state"] === "reconnecting");

    await using second = new H264Server(first.port);
    second.play(units, SIZE);
    const again = await viewer.eventWhere((event) => event["state"] === "live" && event["reconnects"] === 1);
    await viewer.eventWhere((event) => Number(event["frames"]) > Number(again["frames"]) + 30);
    viewer.kill("SIGTERM");

    expect(await viewer.exited()).toBe(0);
    const { times, complaints } = probe(path);
    const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
    expect(decode(path)).toEqual({ frames: times.length, complaints: "" });
    expect(complaints).toBe("");
    expect(gaps.filter((gap) => gap > 0.5)).toHaveLength(1);
    expect(Math.max(...gaps)).toBeLessThan(10);
  });

  test("a picture of another size ends the recording, and says so", async () => {
    const path = join(folder.path, `resized.${suffix}`);
    const size = { width: 320, height: 180 };
    const others = encodeH264({ ...size, count: 30, keyEvery: 15 });
    await using changing = new H264Server();
    changing.play(units, SIZE);
    await using viewer = await watching(`127.0.0.1:${changing.port}`, 20, "--output", path);

    changing.play(others, size);

    expect(await viewer.exited()).toBe(8);
    expect(viewer.stderr).toContain("the picture is now 320×180, the file has 640×360");
    expect(viewer.stderr).toContain("lanvid: hint: start again with another file name; the recording so far is kept");
    expect(decode(path).complaints).toBe("");
    expect(probe(path)).toMatchObject(SIZE);
  });
});

test("whoever joins in the middle gets what its first picture builds on, but counts one frame", async () => {
  const path = join(folder.path, "joined.h264");

  await timed(async () => {
    const args = ["watch", address, "--output", path, "--force", "--frames", "1", "--json"];
    const { code, text } = await runLanvid(args);
    const end = JSON.parse(text.trim().split("\n").at(-1) as string);
    expect({ code, frames: end.frames }).toEqual({ code: 0, frames: 1 });
    return [{ what: "pictures left out, by their time", ms: (end.dropped * 1000) / FPS, atMost: 0 }];
  });

  expect(decode(path).complaints).toBe("");
  expect(decode(path).frames).toBeWithin(1, 17);
});

test.each([1, 5])(
  "a snapshot beside a recording of %d is the first picture that is shown, as a JPEG",
  async (count) => {
    const [film, picture] = [join(folder.path, `beside-${count}.h264`), join(folder.path, `beside-${count}.jpg`)];

    const { code } = await runLanvid([
      "watch",
      address,
      "--output",
      film,
      "--snapshot",
      picture,
      "--frames",
      `${count}`,
    ]);

    const still = await decodePicture(await Bun.file(picture).bytes());
    const differences = decodedPictures(film).map((shown) => meanDifference(still.rgba, shown));
    const least = Math.min(...differences);
    expect(code).toBe(0);
    expect(still).toMatchObject(SIZE);
    expect(least).toBeLessThan(3);
    // Others before it are only decoded; so is a later one that comes too late to be shown. With one the last is the first.
    const place = differences.indexOf(least);
    expect(differences.length - place).toBeGreaterThanOrEqual(count);
    if (count === 1) {
      expect(differences.length - place).toBe(1);
    }
  },
);

/** The pixels of each picture of a film, four bytes each. */
function decodedPictures(path: string): Uint8Array[] {
  const decoding = ["ffmpeg", "-v", "error", "-i", path, "-fps_mode", "passthrough", "-f", "rawvideo"];
  const { stdout } = Bun.spawnSync([...decoding, "-pix_fmt", "rgba", "pipe:1"]);
  const byteCount = SIZE.width * SIZE.height * 4;
  return Array.from({ length: stdout.length / byteCount }, (_, at) =>
    stdout.subarray(at * byteCount, (at + 1) * byteCount),
  );
}

/** Of the samples of two pictures; 255 if they have not the same size. */
function meanDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length) {
    return 255;
  }
  let sum = 0;
  for (let at = 0; at < one.length; at++) {
    sum += Math.abs((one[at] as number) - (other[at] as number));
  }
  return sum / one.length;
}

test("--output - is the stream as it is, and plays", async () => {
  const { code, stdout } = await runLanvid(["watch", address, "--output", "-", "--frames", "30"]);

  const path = folder.write("stdout.h264", stdout);
  expect(code).toBe(0);
  expect(decode(path).complaints).toBe("");
  expect(decode(path).frames).toBeWithin(30, 46);
});

test("a stream that is H.264 alone is refused where JPEG is wanted, and the other way round", async () => {
  await using jpeg = new H264Server();
  jpeg.track.describe({ state: "live", codec: "mjpeg", ...SIZE });

  const snapshot = await runLanvid(["watch", address, "--snapshot", join(folder.path, "no.jpg")]);
  const film = await runLanvid(["watch", `127.0.0.1:${jpeg.port}`, "--output", join(folder.path, "no.mkv")]);

  expect(snapshot.code).toBe(7);
  expect(snapshot.stderr).toContain("the receiver takes mjpeg, this sender has h264");
  expect(film.code).toBe(7);
  expect(film.stderr).toContain("the receiver takes h264, this sender has mjpeg");
});

test("receive records what is pushed to it", async () => {
  const path = join(folder.path, "pushed.mp4");
  await using listener = new Lanvid(["receive", "--port", "0", "--output", path, "--frames", "45"]);
  const { port } = await listener.event("ready");
  await using _sender = new Lanvid(["push", `127.0.0.1:${port}`, `lanvid://${address}`]);

  expect(await listener.exited()).toBe(0);
  expect(probe(path)).toMatchObject({ codec: "h264", ...SIZE, complaints: "" });
  expect(decode(path).complaints).toBe("");
  expect(decode(path).frames).toBeWithin(45, 61);
});

test("a relay of a relay passes H.264 on as it is", async () => {
  const path = join(folder.path, "relayed.mkv");
  const relay = (from: unknown) => ["serve", `lanvid://127.0.0.1:${from}`, "--port", "0", "--http", "off"];
  await using first = new Lanvid(relay(server.port));
  await using second = new Lanvid(relay((await first.event("ready"))["port"]));

  const viewed = await runLanvid([
    "watch",
    `127.0.0.1:${(await second.event("ready"))["port"]}`,
    "--output",
    path,
    "--frames",
    "60",
  ]);

  const { times } = probe(path);
  expect(viewed.code).toBe(0);
  expect(decode(path)).toEqual({ frames: times.length, complaints: "" });
  expect(times.at(-1)).toBeWithin(1.8, 3.5);
});
