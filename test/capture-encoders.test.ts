// Parts: ffmpeg
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { H264Frames } from "../src/capture/h264-frames.ts";
import { KeyWatch } from "../src/capture/key-watch.ts";
import { nalUnits } from "../src/media/h264.ts";
import { h264Parameters, isKeyAccessUnit } from "../src/media.ts";
import { Recording } from "./support/capture.ts";
import { encodeH264 } from "./support/h264.ts";
import { inManyUnits } from "./support/h264-hostile.ts";
import { Folder } from "./support/stand-in.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const folder = new Folder();
afterAll(() => folder[Symbol.dispose]());

const SMALL = { size: { width: 512, height: 128 } };
/** Of `ffmpeg -encoders`. */
const JPEG_ONLY = "echo ' VFS... mjpeg                MJPEG (Motion JPEG)'; exit 0";
/** h264_test is libx264 by another name: its own options are left out. */
const WORKS = `
words=()
for word in "$@"; do case "$word" in h264_test) words+=(libx264);; *) words+=("$word");; esac; done
exec "$REAL" "\${words[@]}"`;

describe("the encoder", () => {
  test("that is asked for is tried with a frame, and used when it gives one", async () => {
    const ffmpeg = folder.standIn("works", `echo "$@" >> "$0.log"${WORKS}`);
    await using recording = new Recording("test", { ...SMALL, encoder: "h264_test" }, ffmpeg);

    await recording.first(5);
    const [trial, run] = (await Bun.file(`${ffmpeg}.log`).text()).trim().split("\n");

    expect(trial).toContain("-f rawvideo -pixel_format yuv420p -video_size 1280x720 -framerate 30 -i pipe:0");
    expect(trial).toContain("-c:v h264_test");
    expect(run).toContain("-c:v h264_test");
    expect(recording.said).toEqual([]);
  });

  test("that does not work here is replaced by libx264, with one line", async () => {
    await using recording = new Recording("test", { ...SMALL, encoder: "h264_nvenc" });

    const [first] = await recording.first(5);

    expect(first?.isKey).toBe(true);
    expect(recording.debug[0]).toContain("-c:v libx264");
    expect(recording.said).toEqual([
      expect.stringMatching(/^cannot encode with h264_nvenc: .*(libcuda|nvenc|CUDA).*; using libx264$/),
    ]);
  });

  test.each([
    ["is not known", "h264_nonsense", "", "Unknown encoder 'h264_nonsense'"],
    ["ends without a frame", "h264_test", `case "$*" in *h264_test*) exit 0;; esac`, "it gave no frame"],
    [
      "talks garbage",
      "h264_test",
      `case "$*" in *h264_test*) echo hello there; exit 0;; esac`,
      "it does not begin as NUT",
    ],
    [
      "complains at length",
      "h264_test",
      `case "$*" in *h264_test*) printf '[h264_test @ 0x1] no device\\nmore\\nand more\\n' >&2; exit 1;; esac`,
      "cannot encode with h264_test: no device; using libx264",
    ],
  ])("that %s is replaced too", async (_what, encoder, script, expected) => {
    const ffmpeg = folder.standIn("fails", `${script}\nexec "$REAL" "$@"`);
    await using recording = new Recording("test", { ...SMALL, encoder }, ffmpeg);

    await recording.first(3);

    expect(recording.said).toHaveLength(1);
    expect(recording.said[0]).toContain(expected);
    expect(recording.source.codec).toBe("h264");
  });

  test("is missing: auto sends JPEG and says so", async () => {
    const ffmpeg = folder.standIn("old", `case "$*" in *-encoders*) ${JPEG_ONLY};; esac\nexec "$REAL" "$@"`);
    await using recording = new Recording("test", { ...SMALL, codec: "auto" }, ffmpeg);

    const [first] = await recording.first(3);

    expect([...(first?.bytes.subarray(0, 2) ?? [])]).toEqual([0xff, 0xd8]);
    expect(recording.source.codec).toBe("mjpeg");
    expect(recording.said).toEqual(["this ffmpeg has no libx264: sending JPEG, which takes several times the bits"]);
  });

  test("is missing: H.264 that was asked for is refused with a hint", () => {
    const ffmpeg = folder.standIn("old2", `case "$*" in *-encoders*) ${JPEG_ONLY};; esac\nexec "$REAL" "$@"`);

    expect(() => new Recording("test", { ...SMALL, codec: "h264" }, ffmpeg)).toThrow(
      expect.objectContaining({
        code: "no-encoder",
        kind: "ffmpeg",
        message: `cannot encode H.264: "${ffmpeg}" has no libx264`,
        hint: "use an ffmpeg that is built with libx264, or --codec mjpeg",
      }),
    );
  });

  test("is not looked for where a camera's own JPEG is passed through", async () => {
    const ffmpeg = camera("jpeg-camera", "mjpeg", ["-c:v", "mjpeg"]);
    await using recording = new Recording("camera:/dev/null", { codec: "auto" }, ffmpeg);

    await recording.first(5);

    expect(recording.source.codec).toBe("mjpeg");
    expect(await Bun.file(`${ffmpeg}.log`).text()).not.toContain("-encoders");
  });
});

/** Stands in for an ffmpeg that reads a camera: what follows v4l2's options stays, its input is a film. */
function camera(name: string, codec: string, encode: readonly string[]): string {
  const film = `${folder.path}/${name}.${codec === "h264" ? "h264" : "mjpeg"}`;
  const input = ["-f", "lavfi", "-i", "testsrc2=size=640x480:rate=30:duration=10"];
  Bun.spawnSync(["ffmpeg", "-v", "error", "-y", ...input, ...encode, film], { stdin: "ignore" });
  return folder.standIn(
    name,
    `
echo "$@" >> "$0.log"
case " $* " in
*" -list_formats "*)
  echo '[video4linux2,v4l2 @ 0x1] Compressed:       ${codec} :          Camera : 640x480' >&2
  exit 1;;
*" v4l2 "*) ;;
*) exec "$REAL" "$@";;
esac
words=()
while [ "$1" != -i ]; do case "$1" in -f|-input_format|-video_size|-framerate) shift 2;; *) words+=("$1"); shift;; esac; done
shift 2
exec "$REAL" "\${words[@]}" -re -framerate 30 -f ${codec} -i ${film} "$@"`,
  );
}

const CAMERA = "-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -x264-params scenecut=0";

describe("a camera's own H.264", () => {
  test.each(["auto", "h264"] as const)("is passed through as it is, with --codec %s", async (codec) => {
    const ffmpeg = camera(`camera-${codec}`, "h264", [...CAMERA.split(" "), "-g", "30"]);
    await using recording = new Recording("camera:/dev/null", { codec }, ffmpeg);

    const frames = await recording.first(70);

    const film = Buffer.from(await Bun.file(`${folder.path}/camera-${codec}.h264`).bytes());
    expect(recording.debug[0]).toContain(
      "-f v4l2 -fpsprobesize 0 -input_format h264 -video_size 640x480 -framerate 30",
    );
    expect(recording.debug[0]).toContain("-c:v copy");
    expect(frames[0]?.isKey).toBe(true);
    expect(frames.every(({ bytes }) => film.includes(bytes.subarray(4)))).toBe(true);
    expect(frames.filter(({ isKey }) => isKey).every(({ bytes }) => h264Parameters(bytes) !== undefined)).toBe(true);
    expect(recording.description).toMatchObject({ codec: "h264", width: 640, height: 480, state: "live" });
    expect(recording.said).toEqual([]);
  });

  test("is encoded anew when key frames come too seldom, with one line and no failure", async () => {
    const ffmpeg = camera("seldom", "h264", [...CAMERA.split(" "), "-g", "250"]);
    await using recording = new Recording("camera:/dev/null", { codec: "auto" }, ffmpeg);

    await waitFor("the second ffmpeg", () => recording.debug.some((line) => line.includes("-c:v libx264")));
    const before = recording.frames.length;
    const frames = (await recording.first(before + 40)).slice(before);
    const keys = frames.flatMap(({ isKey }, index) => (isKey ? [index] : []));

    expect(recording.said).toEqual(["/dev/null gives no key frame for 2 s: encoding it anew"]);
    expect(keys.slice(0, 2)).toEqual([0, 15]);
    expect(recording.changes.map(({ state }) => state)).not.toContain("failed");
    expect(recording.description.restarts).toBeUndefined();
  });
});

describe("what a camera gives is made into what viewers can use:", () => {
  const units = encodeH264({ width: 160, height: 96, count: 8, keyEvery: 4 });
  const typeOf = (unit: Uint8Array) => (unit[0] as number) & 0x1f;
  const join = (parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((unit) => [0, 0, 0, 1, ...unit]));
  const without = (bytes: Uint8Array, ...types: number[]) =>
    join(nalUnits(bytes).filter((unit) => !types.includes(typeOf(unit))));
  const only = (bytes: Uint8Array, ...types: number[]) =>
    join(nalUnits(bytes).filter((unit) => types.includes(typeOf(unit))));
  const [key, second, , , next] = units as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

  test("frames before the first key frame are left out", () => {
    const frames = new H264Frames(() => undefined);

    expect(frames.take(second)).toBeNull();
    expect(frames.take(key)).toEqual({ bytes: key, isKey: true, isSquare: true, size: { width: 160, height: 96 } });
    expect(frames.take(second)).toEqual({ bytes: second, isKey: false, isSquare: true, size: null });
  });

  test("a key frame without its parameters gets those that came before it", () => {
    const frames = new H264Frames(() => undefined);
    frames.take(key);

    const bare = without(next, 7, 8);
    const frame = frames.take(bare);

    expect(h264Parameters(bare)).toBeUndefined();
    expect(isKeyAccessUnit(bare)).toBe(true);
    expect(h264Parameters(frame?.bytes as Uint8Array)).toMatchObject({ width: 160, height: 96 });
    expect(frame?.bytes.slice(-bare.length)).toEqual(bare);
  });

  test("what begins without a start code is refused: garbage may look like NUT", () => {
    const frames = new H264Frames(() => undefined);
    frames.take(key);

    expect(() => frames.take(new TextEncoder().encode("garbage\n"))).toThrow("begins without a start code");
    expect(() => frames.take(Uint8Array.of(0, 1, 0x65))).toThrow("begins without a start code");
    expect(() => frames.take(Uint8Array.of(0, 0, 0))).toThrow("begins without a start code");
  });

  test("parameters that come by themselves are no frame", () => {
    const frames = new H264Frames(() => undefined);

    expect(frames.take(only(key, 7, 8))).toBeNull();
    expect(frames.take(without(key, 7, 8))?.size).toEqual({ width: 160, height: 96 });
    expect(frames.take(only(key, 7, 8))).toBeNull();
    expect(frames.take(second)?.isKey).toBe(false);
  });

  test("what is broken is left out and said, and so is what builds on it", () => {
    const faults: string[] = [];
    const frames = new H264Frames((fault) => faults.push(fault));
    frames.take(key);

    expect(frames.take(inManyUnits(second, 8192))).toBeNull();
    expect(frames.take(second)).toBeNull();
    expect(frames.take(next)?.isKey).toBe(true);
    expect(faults).toEqual(["more than 1024 NAL units"]);
  });

  test("a key frame is left out as long as nobody knows its parameters", () => {
    const frames = new H264Frames(() => undefined);

    expect(frames.take(without(key, 7, 8))).toBeNull();
    expect(frames.take(second)).toBeNull();
    expect(frames.take(next)?.isKey).toBe(true);
  });
});

test("key frames are missed after 2 s, whether there ever was one or not", () => {
  const watch = new KeyWatch();
  const never = new KeyWatch();

  expect([watch.isTooLong(true, 0), watch.isTooLong(false, 2000), watch.isTooLong(false, 2001)]).toEqual([
    false,
    false,
    true,
  ]);
  expect([watch.isTooLong(true, 2100), watch.isTooLong(false, 4100)]).toEqual([false, false]);
  expect([never.isTooLong(false, 500), never.isTooLong(false, 2500), never.isTooLong(false, 2501)]).toEqual([
    false,
    false,
    true,
  ]);
});
