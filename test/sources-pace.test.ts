// Parts: ffmpeg
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { KIB } from "../src/units.ts";
import { type Event, Lanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { timed } from "./support/timed.ts";

// The preload's reaches the first file of a run only.
setDefaultTimeout(60_000);
standsAlone();

const folder = new Folder();
const path = (name: string) => join(folder.path, name);
const FREE = ["--port", "0", "--http", "off"];
const X264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

function make(words: string, name: string): void {
  const { success, stderr } = Bun.spawnSync(["ffmpeg", "-v", "error", "-nostdin", "-y", ...words.split(" "), name], {
    cwd: folder.path,
  });
  if (!success) {
    throw new Error(stderr.toString());
  }
}

/** Serves the folder's files, and what is made at `/snap.jpg`, `/slow` and `/live.m3u8`. */
let server: ReturnType<typeof Bun.serve>;
let address = "";
/** When the first segment was published. */
let liveSince = 0;

beforeAll(() => {
  make(`-f lavfi -i testsrc2=s=320x180:r=25:d=12 ${X264} -movflags +faststart`, "film.mp4");
  make("-i film.mp4 -c copy", "film.ts");
  make("-i film.mp4 -t 6 -c copy -movflags +faststart", "pipe.mp4");
  make("-i pipe.mp4 -c copy", "pipe.ts");
  make(`-f lavfi -i testsrc2=s=320x180:r=25:d=2 ${X264} -bf 2`, "short.ts");
  make(
    "-f lavfi -i color=red:s=320x180:r=10:d=0.5 -f lavfi -i color=blue:s=320x180:r=10:d=0.5 " +
      `-filter_complex [1:v]setpts=PTS+4/TB[b];[0:v][b]interleave=n=2 -fps_mode passthrough ${X264} -bf 0`,
    "pause.mp4",
  );
  make("-f lavfi -i testsrc2=s=640x360 -frames:v 1", "card.jpg");
  make("-f lavfi -i testsrc2=s=640x360 -frames:v 1 -update 1", "card.png");
  make("-i card.png", "one.gif");
  make("-i card.jpg -i film.mp4 -map 0 -map 1 -c copy -disposition:v:0 attached_pic", "cover.mp4");
  make(`-f lavfi -i testsrc2=s=320x180:r=15:d=30 ${X264} -g 15 -f hls -hls_time 2 -hls_list_size 0`, "all.m3u8");
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 60, fetch: answer });
  address = `http://127.0.0.1:${server.port}`;
});

afterAll(async () => {
  await server.stop(true);
  folder[Symbol.dispose]();
});

async function answer(request: Request): Promise<Response> {
  const name = new URL(request.url).pathname.slice(1);
  switch (name) {
    case "snap.jpg":
      return new Response(Bun.file(path("card.jpg")));
    case "slow":
      return slowCamera(await Bun.file(path("card.jpg")).bytes());
    case "live.m3u8":
      return new Response(livePlaylist());
    default:
      return existsSync(path(name)) ? new Response(Bun.file(path(name))) : new Response(null, { status: 404 });
  }
}

/** The last three segments, one more every two seconds. */
function livePlaylist(): string {
  const first = Math.floor((performance.now() - liveSince) / 2000);
  const segments = [0, 1, 2].map((index) => `#EXTINF:2.0,\nall${first + index}.ts\n`);
  return `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${first}\n${segments.join("")}`;
}

/** A picture every second. */
function slowCamera(jpeg: Uint8Array): Response {
  const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
  const body = new ReadableStream({
    async pull(controller) {
      controller.enqueue(Buffer.concat([Buffer.from(head), jpeg, Buffer.from("\r\n")]));
      await Bun.sleep(1000);
    },
  });
  return new Response(body, { headers: { "Content-Type": "multipart/x-mixed-replace; boundary=frame" } });
}

interface Watched {
  readonly end: Event;
  readonly source: { readonly restarts: number; readonly state: string };
}

async function watched(source: Lanvid, frames: number): Promise<Watched> {
  const { port } = await source.event("ready");
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", String(frames)]);
  const end = await viewer.event("end", 30_000);
  const stats = await source.eventWhere(({ event, time }) => event === "stats" && time >= end.time);
  return { end, source: stats["source"] as never };
}

/** Side by side, since most of it is waiting. @throws Error that says which of them failed */
async function each(sources: Record<string, string>, check: (source: string) => Promise<void>): Promise<void> {
  await Promise.all(
    Object.entries(sources).map(async ([what, source]) => {
      try {
        await check(source);
      } catch (cause) {
        throw new Error(`${what}: ${cause instanceof Error ? cause.message : cause}`, { cause });
      }
    }),
  );
}

test("a film is played at its own speed, wherever it is", async () => {
  await each(
    {
      "by HTTP": `${address}/film.mp4`,
      "by HTTP, without a length in it": `${address}/film.ts`,
      "by file://": `file://${path("film.mp4")}`,
      "behind its cover": path("cover.mp4"),
      "of MPEG-TS, over and over": path("short.ts"),
    },
    async (source) => {
      await using serving = new Lanvid(["serve", source, ...FREE]);

      await timed(async () => {
        const { end, source: seen } = await watched(serving, 100);

        expect(end).toMatchObject({ frames: 100, width: 320, height: 180, code: 0 });
        // Before it is known that a server gives a film, half a second of it comes at once.
        expect(end["fps"]).toBeLessThan(30);
        expect(seen).toMatchObject({ restarts: 0, state: "live" });
        return [{ what: "pictures", perSecond: Number(end["fps"]), atLeast: 21 }];
      });
    },
  );
});

test("a film by a pipe is played at its own speed, to its end", async () => {
  await each({ "that says how long it is": "pipe.mp4", "that does not": "pipe.ts" }, async (name) => {
    const startedAt = Date.now();
    await using serving = new Lanvid(["serve", "-", ...FREE], { stdin: Bun.file(path(name)).stream() });

    const ended = await serving.event("end", 30_000);

    // Six seconds, of which half a second may have been in store when the program began.
    expect(ended.time - startedAt).toBeGreaterThan(5400);
    expect(ended["code"]).toBe(0);
  });
});

test("small pictures by a pipe are shown when a few have come, not when a MiB has", async () => {
  make("-f lavfi -i testsrc2=s=160x90 -frames:v 1 -q:v 20", "small.jpg");
  const picture = await Bun.file(path("small.jpg")).bytes();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  await using serving = new Lanvid(["serve", "-", ...FREE], { stdin: readable });

  for (let written = 0; written < 48 * KIB; written += picture.length) {
    void writer.write(picture);
  }
  const live = await serving.eventWhere(({ source }) => (source as Watched["source"] | undefined)?.state === "live");

  expect(picture.length).toBeLessThan(8 * KIB);
  expect(live).toMatchObject({ source: { width: 160, height: 90 } });
  await writer.close();
});

test("a film that pauses for longer than devices may is no stall, and whoever comes then has a picture", async () => {
  await using serving = new Lanvid(["serve", path("pause.mp4"), ...FREE]);

  const { end, source } = await watched(serving, 60);
  const again = await watched(serving, 5);

  expect(source.restarts).toBe(0);
  expect(end["fps"]).toBeGreaterThan(8);
  expect(end["fps"]).toBeLessThan(12);
  expect(again.end).toMatchObject({ frames: 5 });
});

test("a single picture is looked at a few times a second", async () => {
  await Bun.write(path("shot-%d.png"), Bun.file(path("card.png")));
  await each(
    {
      "in a file": path("card.jpg"),
      "in a GIF": path("one.gif"),
      "whose name is a pattern to ffmpeg": path("shot-%d.png"),
      "by HTTP": `${address}/snap.jpg?of=%d`,
    },
    async (source) => {
      await using serving = new Lanvid(["serve", source, ...FREE]);

      const { end, source: seen } = await watched(serving, 6);

      expect(end).toMatchObject({ frames: 6, width: 640, height: 360, code: 0 });
      // Two or four a second; the first ones come closer together where others held them up.
      expect(end["fps"]).toBeLessThan(12);
      expect(seen).toMatchObject({ restarts: 0, state: "live" });
    },
  );
});

test("live HLS runs on at its own speed, from its newest segment", async () => {
  liveSince = performance.now();
  await using serving = new Lanvid(["serve", `${address}/live.m3u8`, ...FREE]);

  await timed(async () => {
    const { end, source } = await watched(serving, 90);

    expect(end["fps"]).toBeLessThan(17);
    expect(source).toMatchObject({ restarts: 0, state: "live" });
    return [{ what: "pictures", perSecond: Number(end["fps"]), atLeast: 12 }];
  });
});

test("who joins a camera of one picture a second has one with the next", async () => {
  await using serving = new Lanvid(["serve", `${address}/slow`, ...FREE]);
  // Two seconds after a key frame nobody is given it any more.
  await watched(serving, 5);
  const { port } = await serving.event("ready");

  await timed(async () => {
    const startedAt = performance.now();
    await using _first = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "1"]);
    await _first.event("end");
    return [{ what: "until there was a picture", ms: performance.now() - startedAt, atMost: 2500, isWork: true }];
  });
});
