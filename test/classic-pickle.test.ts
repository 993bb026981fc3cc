import { describe, expect, test } from "bun:test";
import { decodePickle } from "../src/classic-pickle/decode.ts";
import { arrayEnvelope, encodeArray } from "../src/classic-pickle/encode.ts";
import { type ClassicPicture, ClassicReader, classicMessage, type PickleProtocol } from "../src/classic-pickle.ts";
import { fromHex, NUMPY_2_PICKLES, SAMPLE_BYTES } from "./fuzz/pickle-samples.ts";
import { runPython } from "./support/python.ts";

const PROTOCOLS: readonly PickleProtocol[] = [2, 3, 4, 5];
const PIXEL_SHAPES = [
  [48, 64, 3],
  [48, 64, 4],
  [48, 64, 1],
  [48, 64],
  [7, 1, 3],
  [1, 9, 3],
  [1, 1, 1],
  [300, 200, 3],
];
const JPEG_SHAPES = [[700, 1], [700]];

/** The script and the tests agree on this content: every byte value, no two rows alike. */
function contentOf(shape: readonly number[]): Uint8Array {
  const length = shape.reduce((product, side) => product * side, 1);
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8) + 130) % 256);
  if (JPEG_SHAPES.some((jpeg) => String(jpeg) === String(shape))) {
    bytes.set([0xff, 0xd8]);
  }
  return bytes;
}

const SENDER = `
import json, pickle, struct, sys
import numpy as np
def content(shape):
    n = int(np.prod(shape))
    i = np.arange(n)
    a = ((i * 7 + (i >> 8) + 130) % 256).astype(np.uint8)
    if n == 700:
        a[:2] = (0xff, 0xd8)
    return a.reshape(shape)
def send(value, protocol):
    data = pickle.dumps(value, protocol=protocol)
    sys.stdout.buffer.write(struct.pack("Q", len(data)) + data)
`;

function pickles(stream: Uint8Array): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  new ClassicReader({ onBody: (payload) => payloads.push(payload) }).push(stream, 0);
  return payloads;
}

function expected(shape: readonly number[]): ClassicPicture {
  const bytes = contentOf(shape);
  if (JPEG_SHAPES.some((jpeg) => String(jpeg) === String(shape))) {
    return { kind: "jpeg", bytes };
  }
  const [height, width, channels = 1] = shape as [number, number, (1 | 3 | 4)?];
  return { kind: "pixels", width, height, channels, bytes };
}

describe("pickles that Python writes", () => {
  const shapes = [...PIXEL_SHAPES, ...JPEG_SHAPES];
  const forms = {
    "in C order": "content(shape)",
    "in Fortran order": "np.asfortranarray(content(shape))",
    "read-only": "np.frombuffer(content(shape).tobytes(), np.uint8).reshape(shape)",
    "cut out of a larger one": "np.repeat(content(shape), 2, axis=0)[::2]",
  };
  test.each(Object.entries(forms))("an array %s is read exactly, in every protocol and shape", async (_, form) => {
    const sent = await runPython(`${SENDER}
for protocol in (2, 3, 4, 5):
    for shape in ${JSON.stringify(shapes)}:
        send(${form}, protocol)
`);

    const pictures = pickles(sent).map(decodePickle);

    expect(pictures).toEqual(PROTOCOLS.flatMap(() => shapes.map(expected)));
  });

  test("those of Python's own slow pickler are read too", async () => {
    const sent = await runPython(`${SENDER}
pickle.dumps = pickle._dumps
for protocol in (2, 3, 4, 5):
    send(content((300, 200, 3)), protocol)
`);

    expect(pickles(sent).map(decodePickle)).toEqual(PROTOCOLS.map(() => expected([300, 200, 3])));
  });

  test("what cv2.imencode gives is a JPEG, None is no picture", async () => {
    const sent = await runPython(`${SENDER}
import cv2
jpeg = cv2.imencode(".jpg", content((48, 64, 3)))[1]
for protocol in (2, 3, 4, 5):
    send(jpeg, protocol)
    send(jpeg.reshape(-1, 1), protocol)
    send(None, protocol)
`);

    const kinds = pickles(sent).map((pickle) => decodePickle(pickle).kind);

    expect(kinds).toEqual(PROTOCOLS.flatMap(() => ["jpeg", "jpeg", "none"] as const));
  });

  test.each(NUMPY_2_PICKLES.map(({ name, hex }) => [name, hex] as const))("numpy 2, %s", (_, hex) => {
    const picture = decodePickle(fromHex(hex));

    expect(picture).toEqual({ kind: "pixels", width: 2, height: 2, channels: 3, bytes: SAMPLE_BYTES });
  });

  test("a 1920×1080 frame is a view into its message, found in less than a millisecond", () => {
    const shape = [1080, 1920, 3];
    const payload = encodeArray(new Uint8Array(1080 * 1920 * 3), { shape });
    const times = Array.from({ length: 50 }, () => {
      const begun = performance.now();
      decodePickle(payload);
      return performance.now() - begun;
    });

    const picture = decodePickle(payload);

    expect(picture.kind === "pixels" && picture.bytes.buffer).toBe(payload.buffer);
    expect(times.sort((a, b) => a - b)[25]).toBeLessThan(1);
  });
});

describe("pickles that Python reads", () => {
  const CHECK = `
import pickle, struct, sys
import cv2
import numpy as np
data = sys.stdin.buffer.read()
while data:
    size = struct.calcsize("Q")
    length = struct.unpack("Q", data[:size])[0]
    message, data = data[size:size + length], data[size + length:]
    for loads in (pickle.loads, pickle._loads):
        a = loads(message)
        assert a.dtype == np.uint8 and a.flags.writeable and a.flags.c_contiguous
        n = a.size
        i = np.arange(n)
        want = ((i * 7 + (i >> 8) + 130) % 256).astype(np.uint8)
        if n == 700:
            want[:2] = (0xff, 0xd8)
        assert np.array_equal(a.reshape(-1), want)
    if a.ndim == 3:
        assert cv2.imencode(".png", a)[0]
        cv2.rectangle(a, (0, 0), (1, 1), (1, 2, 3))
    print(message[1], *a.shape)
`;

  test("ours are writable arrays of the same shape and bytes, in every protocol", async () => {
    const shapes = [[48, 64, 3], [48, 64, 4], [48, 64, 1], [48, 64], [300, 200, 3], ...JPEG_SHAPES];
    const cases = PROTOCOLS.flatMap((protocol) => shapes.map((shape) => ({ protocol, shape })));
    const messages = cases.map(({ protocol, shape }) => classicMessage(contentOf(shape), { shape, protocol }));

    const output = await runPython(CHECK, Buffer.concat(messages));

    const lines = cases.map(({ protocol, shape }) => `${protocol} ${shape.join(" ")}\n`);
    expect(new TextDecoder().decode(output)).toBe(lines.join(""));
  });
});

describe("our pickles", () => {
  test("are of protocol 4 unless told otherwise, and are read back", () => {
    const pickle = encodeArray(contentOf([48, 64, 3]), { shape: [48, 64, 3] });

    expect([...pickle.subarray(0, 2)]).toEqual([0x80, 4]);
    expect(decodePickle(pickle)).toEqual(expected([48, 64, 3]));
  });

  test.each(PROTOCOLS)("of protocol %d are read back in every shape", (protocol) => {
    for (const shape of [...PIXEL_SHAPES, ...JPEG_SHAPES]) {
      expect(decodePickle(encodeArray(contentOf(shape), { shape, protocol }))).toEqual(expected(shape));
    }
  });

  test("are the envelope around the bytes", () => {
    const bytes = contentOf([48, 64, 3]);
    const { head, tail } = arrayEnvelope([48, 64, 3], 5);

    expect(Buffer.concat([head, bytes, tail])).toEqual(
      Buffer.from(encodeArray(bytes, { shape: [48, 64, 3], protocol: 5 })),
    );
  });

  test.each([[[]], [[0]], [[-1, -1, 3]], [[1.5]], [[Number.NaN, 2]], [[2 ** 31]], [[9000, 9000, 1]]])(
    "of shape %j are not made",
    (shape) => {
      expect(() => arrayEnvelope(shape, 4)).toThrow(RangeError);
    },
  );

  test("are not made of bytes that do not fit the shape, nor above 64 MiB", () => {
    expect(() => encodeArray(new Uint8Array(11), { shape: [2, 2, 3] })).toThrow(RangeError);
    expect(() => encodeArray(new Uint8Array(2 ** 26), { shape: [2 ** 26] })).toThrow(RangeError);
  });
});
