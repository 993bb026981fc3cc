// Parts: ffmpeg
import { beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { NutFrame } from "../src/ffmpeg/nut.ts";
import { NUT_OUTPUT, NutReader } from "../src/ffmpeg.ts";
import { nutCampaign } from "./fuzz/nut-campaign.ts";
import { fuzzSeed } from "./support/random.ts";
import { Folder } from "./support/stand-in.ts";
import { waitFor } from "./support/wait.ts";

const PICTURES = "-f lavfi -i testsrc2=size=64x64:rate=10:duration=1";
const H264 = "-c:v libx264 -tune zerolatency -g 5 -flags -global_header";

/** What ffmpeg writes for these arguments. */
function nut(args: string, output: readonly string[] = NUT_OUTPUT): Uint8Array {
  const command = ["ffmpeg", "-v", "error", ...args.split(" "), ...output, "pipe:1"];
  const { stdout, success } = Bun.spawnSync(command, { stdin: "ignore", stderr: "inherit" });
  expect(success).toBe(true);
  return new Uint8Array(stdout);
}

function readAll(chunks: Iterable<Uint8Array>): NutFrame[] {
  const frames: NutFrame[] = [];
  const reader = new NutReader((frame) => frames.push(frame));
  for (const chunk of chunks) {
    reader.push(chunk);
  }
  return frames;
}

/** As ffprobe's list of packets. */
function listed(frames: readonly NutFrame[]): string[] {
  return frames.map(({ stream, ptsMicros, isKey, bytes }) => {
    const hash = createHash("md5").update(bytes).digest("hex");
    return `${stream} ${(ptsMicros / 1e6).toFixed(3)} ${isKey ? "K" : "_"} ${bytes.length} ${hash}`;
  });
}

interface Packet {
  readonly stream_index: number;
  readonly pts_time: string;
  readonly flags: string;
  readonly size: string;
  readonly data_hash: string;
}

/** What ffmpeg's own reader finds in a stream. */
function probed(stream: Uint8Array): string[] {
  using folder = new Folder();
  const path = folder.write("stream.nut", stream);
  const options =
    "-v error -of json -show_data_hash md5 -show_entries packet=stream_index,pts_time,flags,size,data_hash";
  const { stdout } = Bun.spawnSync(["ffprobe", ...options.split(" "), path], { stderr: "inherit" });
  const { packets } = JSON.parse(stdout.toString()) as { readonly packets: readonly Packet[] };
  return packets.map(({ stream_index, pts_time, flags, size, data_hash }) => {
    const hash = data_hash.toLowerCase().replace("md5:", "");
    return `${stream_index} ${Number(pts_time).toFixed(3)} ${flags[0]} ${size} ${hash}`;
  });
}

let small: Uint8Array;

beforeAll(() => {
  small = nut(`${PICTURES} ${H264}`);
});

describe("what ffmpeg's own reader finds is found:", () => {
  test.each([
    ["small H.264, whose first bytes are left out", `${PICTURES} ${H264}`, NUT_OUTPUT],
    ["JPEG", `${PICTURES} -c:v mjpeg`, NUT_OUTPUT],
    ["video and sound", `${PICTURES} -f lavfi -i sine=duration=1 ${H264} -c:a aac`, NUT_OUTPUT],
    ["three streams", `${PICTURES} -f lavfi -i sine=duration=1 -map 0 -map 1 -map 0 ${H264} -c:a mp2`, NUT_OUTPUT],
    ["an index at the end", `${PICTURES} ${H264}`, ["-f", "nut"]],
    [
      "large frames, and headers that are repeated in between",
      "-f lavfi -i testsrc2=size=1280x720:rate=10:duration=2 -c:v mjpeg -q:v 1",
      NUT_OUTPUT,
    ],
    ["raw pictures", "-f lavfi -i testsrc2=size=320x180:rate=10:duration=1 -c:v rawvideo", NUT_OUTPUT],
    [
      "times since 1970, in µs",
      `-copyts -itsoffset 1795253605.702562 ${PICTURES} ${H264} -enc_time_base 1:1000000`,
      NUT_OUTPUT,
    ],
    ["a few hours into an odd rate", `-copyts -itsoffset 9000 ${PICTURES} -r 30000/1001 ${H264}`, NUT_OUTPUT],
  ])("%s", (_what, args, output) => {
    const stream = nut(args, output);
    const frames = readAll([stream]);

    expect(frames.length).toBeGreaterThan(8);
    expect(listed(frames)).toEqual(probed(stream));
  });
});

test("µs since 1970 are exact", () => {
  const stream = nut(`${PICTURES} -vf settb=1/1000000,setpts=PTS+1795253605702562 ${H264} -enc_time_base 1:1000000`);

  expect(readAll([stream]).map(({ ptsMicros }) => ptsMicros - 1_795_253_605_702_562)).toEqual(
    Array.from({ length: 10 }, (_, index) => index * 100_000),
  );
});

test("frames are cut out wherever the stream is split", () => {
  const whole = listed(readAll([small]));

  for (let at = 0; at <= small.length; at++) {
    expect(listed(readAll([small.subarray(0, at), small.subarray(at)]))).toEqual(whole);
  }
});

test("frames are cut out of single bytes", () => {
  expect(listed(readAll([...small].map((byte) => Uint8Array.of(byte))))).toEqual(listed(readAll([small])));
});

test("a frame is given with its last byte, not with what follows it", () => {
  const frames: number[] = [];
  const given: number[] = [];
  let at = 0;
  const reader = new NutReader(({ bytes }) => {
    frames.push(bytes.length);
    given.push(at);
    expect(small.subarray(at - 20, at)).toEqual(bytes.subarray(-20));
  });
  for (const byte of small) {
    at += 1;
    reader.push(Uint8Array.of(byte));
  }

  expect(frames).toHaveLength(10);
  expect(given).toHaveLength(10);
});

test("a frame keeps nothing of the chunk that it came in, and has memory of its own", () => {
  const chunk = small.slice();
  const frames = readAll([chunk]);
  const before = listed(frames);

  chunk.fill(0);

  expect(listed(frames)).toEqual(before);
  expect(frames.every(({ bytes }) => bytes.buffer.byteLength === bytes.length)).toBe(true);
});

test("no frame waits for the next one: each is read before another picture is given to ffmpeg", async () => {
  const size = { width: 320, height: 180 };
  const options = `-v error -f rawvideo -fpsprobesize 0 -pixel_format yuv420p -video_size 320x180 -framerate 30 -i pipe:0`;
  const encoder = `-c:v libx264 -preset superfast -tune zerolatency -g 15 -fps_mode passthrough`;
  const child = Bun.spawn(["ffmpeg", ...options.split(" "), ...encoder.split(" "), ...NUT_OUTPUT, "pipe:1"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  let frames = 0;
  const reader = new NutReader(() => {
    frames += 1;
  });
  const reading = (async () => {
    for await (const chunk of child.stdout) {
      reader.push(chunk);
    }
  })();
  const picture = new Uint8Array((size.width * size.height * 3) / 2);
  for (let count = 1; count <= 40; count++) {
    picture.fill(count * 5);
    child.stdin.write(picture);
    await child.stdin.flush();
    await waitFor(`frame ${count}`, () => frames >= count);
  }
  await child.stdin.end();
  await reading;

  expect(frames).toBe(40);
});

describe("refused, and nothing taken after it:", () => {
  const MAIN = "4e4d7a561f5f04ad";
  const STREAM = "4e5311405bf2f9db";
  const ID = Buffer.from("nut/multimedia container\0");
  const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
  const packet = (startcode: string, body: string) => {
    const data = hex(`${body} 00000000`);
    return Buffer.concat([hex(startcode), Buffer.from([data.length]), data]);
  };
  /** One time base, 1/1000; every code: a key frame of stream 0 with its size written out; nothing elided. */
  const main = (version = "03", table = "21 06 00 01 00 00 00 8200 00") =>
    packet(MAIN, `${version} 01 8000 01 01 8768 ${table}`);
  const stream = packet(STREAM, "00 00 04 48323634 00 07 00 00 00 00");

  test.each<[string, readonly Uint8Array[], string]>([
    ["what is no NUT", [Buffer.from("yes garbage")], "it does not begin as NUT does"],
    ["its last letter", [Buffer.from("nut/multimedia containes")], "it does not begin as NUT does"],
    ["a frame before any header", [ID, hex("2900")], "no main header comes first"],
    ["a stream before the main header", [ID, stream], "no main header comes first"],
    ["a packet of no known kind", [ID, hex("4e58000000000000")], "no packet begins with 4e580"],
    ["a packet over the limit", [ID, hex(`${MAIN}84800100`)], "a header of 65537 bytes, at most 65536 are allowed"],
    ["a packet too short for its checksum", [ID, hex(`${MAIN}03`)], "a header of 3 bytes"],
    ["another version", [ID, main("04")], "NUT version 4, only 3 is known"],
    ["too many streams", [ID, packet(MAIN, "03 11 8000 01 01 01 00")], "17 streams, at most 16"],
    ["too many time bases", [ID, packet(MAIN, "03 01 8000 11 01 01 00")], "17 time bases, at most 16"],
    ["a time base of zero", [ID, packet(MAIN, "03 01 8000 01 01 00 00")], "a time base is 0"],
    ["a header that ends too early", [ID, packet(MAIN, "03 01 8000 01 01 01 29")], "a header that ends too early"],
    ["a number without an end", [ID, hex(`${MAIN}ffffffffffffffffffff`)], "a number of more than 53 bits"],
    [
      "a number that begins with zeros, for ever",
      [ID, hex(`${MAIN}${"80".repeat(10)}`)],
      "a number of more than 10 bytes",
    ],
    ["a stream that was not announced", [ID, main(), packet(STREAM, "01 00 00 00 00")], "a stream's number is 1"],
    ["a time base that was not announced", [ID, main(), packet(STREAM, "00 00 00 01 00")], "a time base's number is 1"],
    ["a frame of a stream without a header", [ID, main(), hex("0005")], "a frame of stream 0, which has no header"],
    ["a frame over the limit", [ID, main(), stream, hex("00a0808001")], "at most 67108864 are allowed"],
    [
      "a frame whose code is none",
      [ID, main("03", "c000 06 00 01 00 00 00 8200 00"), stream, hex("0005")],
      "no frame begins with byte 0",
    ],
  ])("%s", (_what, chunks, message) => {
    const frames: NutFrame[] = [];
    const reader = new NutReader((frame) => frames.push(frame));
    const feed = () => {
      for (const chunk of chunks) {
        reader.push(chunk);
      }
    };

    expect(feed).toThrow(message);
    expect(() => reader.push(small)).toThrow(message);
    expect(frames).toEqual([]);
  });

  test("the same headers with a frame that is right are read", () => {
    const frames = readAll([ID, main(), stream, hex("0003"), Buffer.from("abc"), hex("0001"), Buffer.from("d")]);

    expect(frames.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(["abc", "d"]);
  });
});

test("mutated streams are read or refused, never thrown at", () => {
  const seed = fuzzSeed();
  const report = nutCampaign(small, 50_000, seed);

  expect({ seed, fault: report.fault }).toEqual({ seed, fault: null });
  expect(report.read).toBeGreaterThan(5000);
  expect(report.refused).toBeGreaterThan(5000);
  expect(report.frames).toBeGreaterThan(50_000);
  expect(report.reasons.size).toBeGreaterThan(10);
}, 60_000);
