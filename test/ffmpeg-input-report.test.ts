// Parts: ffmpeg
import { describe, expect, test } from "bun:test";
import { InputReader } from "../src/ffmpeg/input-report.ts";
import { filmOf, type InputReport } from "../src/ffmpeg.ts";

function read(text: string): InputReport | null {
  const reader = new InputReader();
  return text.split("\n").reduce<InputReport | null>((report, line) => reader.take(line) ?? report, null);
}

const TAGGED = `Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:tagged.mp4':
  Metadata:
    major_brand     : isom
  Duration: 00:01:03.50, start: 0.000000, bitrate: 551 kb/s
  Stream #0:0[0x0]: Video: mjpeg (Baseline), yuvj420p(pc, bt470bg/unknown/unknown), 300x300 [SAR 1:1 DAR 1:1], 90k tbr, 90k tbn (attached pic)
  Stream #0:1[0x1](und): Video: h264 (Main) (avc1 / 0x31637661), yuv420p(tv, bt709, top first), 720x576 [SAR 64:45 DAR 16:9], 545 kb/s, 29.97 fps, 1k tbr, 90k tbn (default)
    Side data:
      displaymatrix: rotation of -90.00 degrees
  Stream #0:2[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 48000 Hz, stereo, fltp, 128 kb/s
Stream mapping:
`;
const TAGGED_BY_4_1 = `Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'tagged.mp4':
  Duration: 00:00:03.00, start: 0.000000, bitrate: 551 kb/s
    Stream #0:0: Video: mjpeg (Baseline), yuvj420p(pc, bt470bg/unknown/unknown), 300x300 [SAR 1:1 DAR 1:1], 90k tbr, 90k tbn, 90k tbc
    Stream #0:1(und): Video: h264 (Main) (avc1 / 0x31637661), yuv420p, 320x180 [SAR 1:1 DAR 16:9], 545 kb/s, 25 fps, 25 tbr, 90k tbn, 50 tbc (default)
Stream map '0:V:0' matches no streams.
`;
const HDR = `Input #0, matroska,webm, from 'hdr.mkv':
  Duration: N/A, start: 0.000000, bitrate: N/A
  Stream #0:0: Video: hevc (Main 10), yuv420p10le(tv, bt2020nc/bt2020/smpte2084, progressive), 3840x2160, SAR 1:1 DAR 16:9, 50 fps, 50 tbr, 1k tbn
Output #0, nut, to 'pipe:1':
  Stream #0:0: Video: h264, yuv420p, 640x360, 25 fps
`;

describe("what ffmpeg says of its input:", () => {
  test("a film with a cover, of a rate that varies, interlaced and turned", () => {
    const report = read(TAGGED);

    expect(report).toMatchObject({ formats: ["mov", "mp4", "m4a", "3gp", "3g2", "mj2"], duration: 63.5 });
    expect(report?.video).toEqual([
      {
        ...{ index: 0, codec: "mjpeg", pixelFormat: "yuvj420p", range: "pc", fieldOrder: null },
        ...{ matrix: "bt470bg", primaries: null, transfer: null, width: 300, height: 300, pixelAspect: [1, 1] },
        ...{ fps: null, baseRate: 90_000, rotation: 0, isCover: true },
      },
      {
        ...{ index: 1, codec: "h264", pixelFormat: "yuv420p", range: "tv", fieldOrder: "top first" },
        ...{ matrix: "bt709", primaries: "bt709", transfer: "bt709", width: 720, height: 576, pixelAspect: [64, 45] },
        ...{ fps: 29.97, baseRate: 1000, rotation: 90, isCover: false },
      },
    ]);
    expect(report && filmOf(report)?.index).toBe(1);
  });

  test("by ffmpeg 4.1, which does not name covers", () => {
    const report = read(TAGGED_BY_4_1);

    expect(report && filmOf(report)).toMatchObject({ index: 1, fps: 25, pixelFormat: "yuv420p", isCover: false });
  });

  test("high dynamic range, without an end; nothing of the output", () => {
    const report = read(HDR);

    expect(report).toMatchObject({ duration: null, formats: ["matroska", "webm"] });
    expect(report?.video).toHaveLength(1);
    expect(report?.video[0]).toMatchObject({
      ...{ pixelFormat: "yuv420p10le", matrix: "bt2020nc", primaries: "bt2020", transfer: "smpte2084" },
      ...{ fieldOrder: "progressive", pixelAspect: [1, 1], rotation: 0 },
    });
  });

  test("nothing before it is whole, and nothing where ffmpeg could not open it", () => {
    expect(read(TAGGED.replace("Stream mapping:\n", ""))).toBeNull();
    expect(read("missing.mp4: No such file or directory\n")).toBeNull();
  });

  test("this ffmpeg's own words", () => {
    const { stderr } = Bun.spawnSync([
      ...["ffmpeg", "-hide_banner", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=5,setsar=4/3"],
      ...["-frames:v", "1", "-c", "copy", "-f", "null", "-"],
    ]);

    const report = read(stderr.toString());

    expect(report).toMatchObject({ formats: ["lavfi"], duration: null });
    expect(report?.video).toHaveLength(1);
    expect(report?.video[0]).toMatchObject({ width: 320, height: 180, pixelAspect: [4, 3], baseRate: 5 });
  });
});
