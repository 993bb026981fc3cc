import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodePickle } from "../src/classic-pickle/decode.ts";
import { encodeArray } from "../src/classic-pickle/encode.ts";
import { ClassicReader } from "../src/classic-pickle.ts";
import { MIB } from "../src/units.ts";
import { MAX_PAYLOAD_BYTES, ProtocolError } from "../src/wire.ts";
import { protocol0Array, python2Array, wrapped } from "./fuzz/old-pickles.ts";
import { campaign, faults, type Report } from "./fuzz/pickle-campaign.ts";
import { fromHex, NUMPY_2_PICKLES } from "./fuzz/pickle-samples.ts";
import { runPython } from "./support/python.ts";
import { fuzzSeed } from "./support/random.ts";

function reasonFor(pickle: Uint8Array): string {
  try {
    return `accepted as ${decodePickle(pickle).kind}`;
  } catch (error) {
    return error instanceof ProtocolError ? error.code : `not a ProtocolError: ${error}`;
  }
}

/** A pickle of one character per byte, of protocol 4. */
function pickle(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(`\x80\x04${text}`, "latin1"));
}

const RECONSTRUCT = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R";
const DTYPE = "cnumpy\ndtype\n\x8c\x02u1\x89\x88\x87R";
const FROM_BUFFER = "cnumpy.core.numeric\n_frombuffer\n";

/** An array of the sides given, each an opcode that puts an integer, with 12 bytes of content. */
function arrayOf(sides: string): string {
  return `${RECONSTRUCT}(K\x01(${sides}t${DTYPE}\x89C\x0cABCDEFGHIJKLtb.`;
}

describe("pickles written by Python that hold something else than a frame", () => {
  const old = "pickle-protocol";
  const now = "pickle-value";
  /** A number's pickle of protocol 0 or 1 begins as no picture's does. */
  const NUMBER = [old, old, now, now, now, now];
  // Each is pickled by protocols 0 to 5; the value's code is the reason of all six, unless it is one for each.
  const VALUES: Readonly<Record<string, string | readonly string[]>> = {
    'Calls(os.system, "touch CANARY")': "pickle-callable",
    'Calls(eval, "1 + 1")': "pickle-callable",
    'Calls(exec, "import os")': "pickle-callable",
    'Calls(getattr, os.path.join, "__globals__")': "pickle-callable",
    'Calls(subprocess.Popen, ("id",))': "pickle-callable",
    'Calls(np.load, "/etc/passwd")': "pickle-callable",
    "Calls(np.ndarray, (2, 2))": "pickle-callable",
    'Calls(codecs.encode, "x", "rot13")': "pickle-callable",
    'Calls(codecs.encode, "x", "utf-8")': "pickle-callable",
    'Calls(np.dtype, "O")': "pickle-dtype",
    "WithState()": "pickle-callable",
    "np.array([print], dtype=object)": "pickle-dtype",
    "np.array([None] * 12, dtype=object).reshape(2, 2, 3)": "pickle-dtype",
    'np.zeros(4, dtype=[("a", "u1"), ("b", "u1")])': "pickle-dtype",
    'np.zeros((2, 2, 3), dtype="f4")': "pickle-dtype",
    'np.zeros((2, 2, 3), dtype=">u2")': "pickle-dtype",
    'np.zeros((2, 2, 3), dtype="i1")': "pickle-dtype",
    "np.zeros((2, 2, 3), dtype=bool)": "pickle-dtype",
    'np.array(["text"])': "pickle-dtype",
    'np.array(["2026-01-01"], dtype="M8[D]")': "pickle-dtype",
    "np.zeros((2, 2, 2), np.uint8)": "pickle-shape",
    "np.zeros((2, 2, 5), np.uint8)": "pickle-shape",
    "np.zeros((2, 2, 2, 3), np.uint8)": "pickle-shape",
    "np.zeros((), np.uint8)": "pickle-shape",
    "np.zeros((70000, 2, 3), np.uint8)": "pickle-shape",
    "np.zeros((2, 70000), np.uint8)": "pickle-shape",
    "np.zeros((20, 1), np.uint8)": "pickle-shape",
    "np.zeros(20, np.uint8)": "pickle-shape",
    "np.uint8(3)": "pickle-callable",
    "np.dtype(np.uint8)": "pickle-value",
    "np.ndarray": "pickle-value",
    "np.ma.zeros((2, 2, 3), np.uint8)": "pickle-callable",
    "np.matrix(np.zeros((2, 2), np.uint8))": "pickle-callable",
    "[np.zeros((2, 2, 3), np.float32)]": "pickle-dtype",
    "[np.zeros((2, 2, 5), np.uint8), 1]": "pickle-shape",
    '{"frame": 1, "id": [2.5, ("text", b"bytes")]}': "pickle-value",
    '[np.zeros((2, 2, 3), np.uint8), Calls(os.system, "touch CANARY")]': "pickle-callable",
    '{"frame": np.zeros((2, 2, 3), np.uint8), Calls(eval, "1"): 1}': "pickle-callable",
    'bytearray(b"no picture")': "pickle-value",
    'b"no picture"': "pickle-value",
    'b"/9j/====/9j/"': "base64",
    '"text"': "pickle-value",
    "int(12)": NUMBER,
    True: NUMBER,
    "1.5": NUMBER,
    "2 ** 100": NUMBER,
    "()": [now, old, now, now, now, now],
    "{1, 2}.__class__": "pickle-callable",
    recursive: "pickle-value",
    deep: "pickle-value",
  };
  const SCRIPT = `
import codecs, os, pickle, struct, subprocess, sys, warnings
import numpy as np
warnings.simplefilter("ignore")
class Calls:
    def __init__(self, callable, *args):
        self.call = (callable, args)
    def __reduce__(self):
        return self.call
class WithState:
    def __init__(self):
        self.hidden = Calls(os.system, "touch CANARY")
recursive = []
recursive.append(recursive)
deep = ()
for _ in range(50):
    deep = (deep, deep)
for value in (${Object.keys(VALUES).join(", ")}):
    for protocol in (0, 1, 2, 3, 4, 5):
        data = pickle.dumps(value, protocol=protocol)
        sys.stdout.buffer.write(struct.pack("Q", len(data)) + data)
`;

  test("are refused for what they hold, in every protocol, and nothing of them runs", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lanvid-pickle-"));
    const canary = join(folder, "canary");
    const sent = await runPython(SCRIPT.replaceAll("CANARY", canary));
    const found: Record<string, string[]> = {};

    for (const name of Object.keys(VALUES)) {
      found[name] = [];
    }
    const lists = Object.values(found).flatMap((list) => Array.from({ length: 6 }, () => list));
    const messages = split(sent);
    messages.forEach((bytes, index) => {
      lists[index]?.push(reasonFor(bytes));
    });

    expect(messages.length).toBe(lists.length);
    expect(found).toEqual(Object.fromEntries(Object.entries(VALUES).map(([name, code]) => [name, codesOf(code)])));
    expect(existsSync(canary)).toBe(false);
    // The same bytes do run where they are unpickled, so the test would see it.
    await runPython("import pickle, sys\npickle.loads(sys.stdin.buffer.read())", messages[4] as Uint8Array);
    expect(existsSync(canary)).toBe(true);
    rmSync(folder, { recursive: true });
  });

  /** Of all protocols. */
  function codesOf(code: string | readonly string[]): string[] {
    return typeof code === "string" ? Array.from({ length: 6 }, () => code) : [...code];
  }

  /** As the classic programs cut them; the reader itself refuses what no picture's pickle begins with. */
  function split(stream: Uint8Array): Uint8Array[] {
    const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < stream.length; ) {
      const length = Number(view.getBigUint64(at, true));
      parts.push(stream.subarray(at + 8, at + 8 + length));
      at += 8 + length;
    }
    return parts;
  }
});

describe("pickles written by an attacker", () => {
  test.each([
    ["nothing", new Uint8Array(), "pickle-truncated"],
    ["only 80", Uint8Array.of(0x80), "pickle-truncated"],
    ["only a protocol", pickle(""), "pickle-truncated"],
    ["protocol 0", Uint8Array.from(Buffer.from("cposix\nsystem\n(S'id'\ntR.")), "pickle-callable"],
    ["protocol 1 by PROTO", Uint8Array.of(0x80, 1, 0x4e, 0x2e), "pickle-protocol"],
    ["protocol 6", Uint8Array.of(0x80, 6, 0x4e, 0x2e), "pickle-protocol"],
    ["protocol 255", Uint8Array.of(0x80, 255, 0x4e, 0x2e), "pickle-protocol"],
    ["a JPEG", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), "pickle-protocol"],
    ["only STOP", pickle("."), "pickle-value"],
    ["two values", pickle("NN."), "pickle-value"],
    ["an open MARK", pickle("(N."), "pickle-value"],
    ["bytes after STOP", pickle("N.N."), "pickle-size"],
    ["a second PROTO", pickle("\x80\x04N."), "pickle-opcode"],
    ["os.system by GLOBAL", pickle("cos\nsystem\n\x8c\x02id\x85R."), "pickle-callable"],
    ["os.system by STACK_GLOBAL", pickle("\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."), "pickle-callable"],
    ["os.system by INST", pickle("(S'id'\nios\nsystem\n."), "pickle-opcode"],
    ["os.system by OBJ", pickle("(cos\nsystem\n\x8c\x02ido."), "pickle-callable"],
    ["eval by NEWOBJ", pickle("cbuiltins\neval\n\x8c\x011\x85\x81."), "pickle-callable"],
    ["numpy's own names by NEWOBJ", pickle("cnumpy\nndarray\nK\0\x85\x81."), "pickle-opcode"],
    ["eval through a dotted name", pickle("\x8c\x05numpy\x8c\x13ndarray.__class__xx\x93."), "pickle-callable"],
    ["a module and name cut elsewhere", pickle("cnumpy.core\nmultiarray._reconstruct\n."), "pickle-callable"],
    ["__proto__", pickle("c__proto__\nconstructor\n."), "pickle-callable"],
    ["a name without an end", pickle(`c${"a".repeat(5000)}`), "pickle-callable"],
    ["a name of terminal commands", pickle("c\x1b[2J\n\x9b\n."), "pickle-callable"],
    ["a name that is a number", pickle("K\x01K\x01\x93."), "pickle-callable"],
    ["a persistent id", pickle("Pid\n."), "pickle-opcode"],
    ["an extension", pickle("\x82\x01."), "pickle-opcode"],
    ["a buffer out of band", pickle("\x97."), "pickle-opcode"],
    ["an opcode of no protocol", pickle("\xff."), "pickle-opcode"],
    ["a call of None", pickle("N)R."), "pickle-callable"],
    ["a call of a tuple", pickle("N\x85N\x85R."), "pickle-callable"],
    ["a million MARKs", pickle("(".repeat(1_000_000)), "pickle-depth"],
    ["a million values", pickle("N".repeat(1_000_000)), "pickle-depth"],
    ["a million tuples within tuples", pickle(`N${"\x85".repeat(1_000_000)}.`), "pickle-limit"],
    ["a million memoized values", pickle(`N${"\x94".repeat(1_000_000)}.`), "pickle-limit"],
    ["doubling tuples, 2^400 of them", pickle(`N\x94${"h\0h\0\x86q\0".repeat(400)}.`), "pickle-depth"],
    ["doubling tuples that leave the stack alone", pickle(`N${"q\0h\0\x86".repeat(400)}.`), "pickle-limit"],
    ["doubling lists within the limits, 2^300", pickle(`]${"q\0]h\0ah\0a".repeat(120)}.`), "pickle-value"],
    ["a list in itself", pickle("]q\0h\0a."), "pickle-value"],
    ["a dict of one item", pickle("(Nd."), "pickle-value"],
    ["a key without a value", pickle("}(K\x01u."), "pickle-value"],
    ["a list that is appended to a number", pickle("K\x01]a."), "pickle-value"],
    ["a number of a million digits", pickle(`I${"1".repeat(1_000_000)}\n.`), "pickle-value"],
    ["a number that is none", pickle("I1e3\n."), "pickle-value"],
    ["a place in the memo that is none", pickle("Np-\n."), "pickle-value"],
    ["a place in the memo that is True", pickle("Np01\n."), "pickle-value"],
    ["a string without quotes", pickle("Sffd8\n."), "pickle-value"],
    ["a string with one quote", pickle("S'\n."), "pickle-value"],
    ["a line without an end", pickle(`V${"a".repeat(1_000_000)}`), "pickle-truncated"],
    ["a JPEG with a broken escape", pickle("S'\\xff\\xd8\\xff\\q'\n."), "pickle-value"],
    [
      "a JPEG with a character above 255",
      pickle("c_codecs\nencode\n(V\xff\xd8\xff\\u0100\nVlatin1\ntR."),
      "pickle-value",
    ],
    ["a bytearray of a number", pickle("cbuiltins\nbytearray\nJ\xff\xff\xff\x7f\x85R."), "pickle-callable"],
    ["a bytearray of another encoding", pickle("cbuiltins\nbytearray\n(Vx\nVrot13\ntR."), "pickle-callable"],
    ["base64 that is none", pickle("V/9j/%%%%\n."), "base64"],
    ["a value recalled that was not put there", pickle("h\x05."), "pickle-value"],
    ["more values taken than put", pickle("N\x87."), "pickle-value"],
    ["values taken from below a MARK", pickle("N(\x85."), "pickle-value"],
    ["a TUPLE without a MARK", pickle("Nt."), "pickle-value"],
    ["4 GiB of bytes claimed", pickle("B\xff\xff\xff\xffA."), "pickle-truncated"],
    ["4 GiB of text claimed", pickle("X\xff\xff\xff\xffA."), "pickle-truncated"],
    ["2^64 bytes claimed", pickle(`\x96${"\xff".repeat(8)}A.`), "pickle-truncated"],
    ["2^63 bytes claimed", pickle(`\x96${"\0".repeat(7)}\x80A.`), "pickle-truncated"],
    ["2^64 bytes claimed by BINBYTES8", pickle(`\x8e${"\xff".repeat(8)}A.`), "pickle-opcode"],
    ["a frame of 2^56 bytes", pickle(`\x95${"\0".repeat(7)}\x01N.`), "pickle-truncated"],
    ["a long of 2^31 bytes", pickle("\x8b\xff\xff\xff\x7f."), "pickle-opcode"],
    ["65535 × 65535 × 3 with 12 bytes", pickle(arrayOf("M\xff\xffM\xff\xffK\x03")), "pickle-size"],
    ["65536 × 1 × 3", pickle(arrayOf("J\0\0\x01\0K\x01K\x03")), "pickle-shape"],
    ["2^31 × 2^31 × 2^31", pickle(arrayOf("J\xff\xff\xff\x7f".repeat(3))), "pickle-shape"],
    ["a negative side", pickle(arrayOf("J\xff\xff\xff\xffJ\xfc\xff\xff\xffK\x03")), "pickle-shape"],
    ["thirty sides", pickle(`(${"K\x01".repeat(30)}tq\0${RECONSTRUCT}(K\x01h\0${DTYPE}\x89C\x01Atb.`), "pickle-shape"],
    ["no sides", pickle(arrayOf("")), "pickle-shape"],
    ["a side of 0", pickle(arrayOf("K\0K\x04K\x03")), "pickle-shape"],
    ["a side of None", pickle(arrayOf("NK\x04K\x03")), "pickle-shape"],
    ["one byte too few", pickle(arrayOf("K\x0d")), "pickle-size"],
    ["one byte too many", pickle(arrayOf("K\x0bK\x01")), "pickle-size"],
    ["an array without content", pickle(`${RECONSTRUCT}.`), "pickle-value"],
    ["an array that is its own content", pickle(`${RECONSTRUCT}q\0(K\x01h\0h\0h\0h\0tb.`), "pickle-value"],
    ["an array with a state twice", pickle(`${arrayOf("K\x02K\x02K\x03").slice(0, -1)}Nb.`), "pickle-value"],
    ["an array of no dtype", pickle(`${RECONSTRUCT}(K\x01K\x0c\x85N\x89C\x0cABCDEFGHIJKLtb.`), "pickle-dtype"],
    ["a list of objects as content", pickle(`${RECONSTRUCT}(K\x01K\x0c\x85${DTYPE}\x89]tb.`), "pickle-value"],
    ["a dtype with fields", pickle(`${DTYPE}(K\x03\x8c\x01|N\x8c\x01aNK\x01K\x01K\0tb.`), "pickle-dtype"],
    ["a dtype with an itemsize", pickle(`${DTYPE}(K\x03\x8c\x01|NNNJ\0\0\0\x40K\x01K\0tb.`), "pickle-dtype"],
    [
      "a dtype of big-endian bytes",
      pickle(`${DTYPE}(K\x03\x8c\x01>NNNJ${"\xff".repeat(4)}J${"\xff".repeat(4)}K\0tb.`),
      "pickle-dtype",
    ],
    [
      "_reconstruct of a dtype",
      pickle("cnumpy.core.multiarray\n_reconstruct\ncnumpy\ndtype\nK\0\x85C\x01b\x87R."),
      "pickle-value",
    ],
    [
      "_reconstruct of 2^31",
      pickle("cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nJ\xff\xff\xff\x7f\x85C\x01b\x87R."),
      "pickle-value",
    ],
    ["_frombuffer in a strange order", pickle(`${FROM_BUFFER}(C\x03ABC${DTYPE}K\x03\x85\x8c\x01AtR.`), "pickle-value"],
    [
      "_frombuffer with axes that are none",
      pickle(`${FROM_BUFFER}(C\x06ABCDEF${DTYPE}K\x03K\x02\x86\x8c\x01KK\0K\0\x86tR.`),
      "pickle-shape",
    ],
    [
      "_frombuffer with too many axes",
      pickle(`${FROM_BUFFER}(C\x03ABC${DTYPE}K\x03\x85\x8c\x01KK\0K\x01\x86tR.`),
      "pickle-shape",
    ],
    [
      "Latin-1 above 255",
      pickle(`${RECONSTRUCT}(K\x01K\x02\x85${DTYPE}\x89c_codecs\nencode\n\x8c\x03\xe2\x82\xac\x8c\x06latin1\x86Rtb.`),
      "pickle-size",
    ],
    [
      "Latin-1 cut within a character",
      pickle(`${RECONSTRUCT}(K\x01K\x02\x85${DTYPE}\x89c_codecs\nencode\n\x8c\x02A\xc3\x8c\x06latin1\x86Rtb.`),
      "pickle-size",
    ],
  ])("%s: refused", (_, bytes, code) => {
    expect(reasonFor(bytes)).toBe(code);
  });

  test("a pickle of one byte more than 64 MiB is refused, one of 64 MiB is read", () => {
    const around = encodeArray(new Uint8Array(1), { shape: [1, 1, 1] }).length - 1;
    const pixels = 4 * Math.floor((MAX_PAYLOAD_BYTES - around) / 4 / 4096) * 4096;
    const frame = encodeArray(new Uint8Array(pixels), { shape: [pixels / 4 / 4096, 4096, 4] });

    expect(reasonFor(frame)).toBe("accepted as pixels");
    expect(reasonFor(new Uint8Array(MAX_PAYLOAD_BYTES + 1))).toBe("pickle-size");
  });

  test("is told what was found and what is allowed, without what moves a cursor", () => {
    const messageFor = (text: string) => {
      try {
        return decodePickle(pickle(text)).kind;
      } catch (error) {
        return (error as ProtocolError).message;
      }
    };

    expect(messageFor("cos\nsystem\n")).toBe('a pickle names "os" "system", only numpy\'s array and dtype are allowed');
    expect(messageFor("c\x1b[2J\n\x9b\n")).toContain('names "?[2J" "?"');
    expect(messageFor("0")).toBe("a pickle uses opcode 0x30 (POP), only those that a picture needs are allowed");
    expect(messageFor("\x97")).toContain("0x97 (NEXT_BUFFER)");
  });
});

describe("broken pickles", () => {
  let report: Report;
  beforeAll(() => {
    report = campaign(200_000, fuzzSeed(), 2000);
  });

  test("cut anywhere, they are refused as truncated", () => {
    const whole = [
      ...NUMPY_2_PICKLES.map(({ hex }) => fromHex(hex)),
      ...([2, 3, 4, 5] as const).map((protocol) => encodeArray(new Uint8Array(60), { shape: [5, 4, 3], protocol })),
      protocol0Array(new Uint8Array(60), [5, 4, 3]),
      python2Array(new Uint8Array(60), [5, 4, 3]),
      ...wrapped(encodeArray(new Uint8Array(60), { shape: [5, 4, 3] })),
    ];

    for (const bytes of whole) {
      const reasons = new Set(Array.from(bytes, (_, at) => reasonFor(bytes.subarray(0, at))));

      expect([...reasons]).toEqual(["pickle-truncated"]);
    }
  });

  test("200,000 mutations are refused for a known reason, or are a picture of the right size", () => {
    expect({ seed: report.seed, faults: faults(report, 50) }).toEqual({ seed: report.seed, faults: [] });
  });

  test("mutations that are accepted are for Python the same picture", async () => {
    const { samples, seed } = report;
    const cases = samples.map((bytes) => {
      const picture = decodePickle(bytes);
      return { pickle: bytes.toBase64(), content: picture.kind === "none" ? null : picture.bytes.toBase64() };
    });

    const output = await runPython(COMPARE, Buffer.from(JSON.stringify(cases)));

    const { same, different } = JSON.parse(new TextDecoder().decode(output));
    expect({ seed, different }).toEqual({ seed, different: [] });
    expect(same).toBeGreaterThan(1000);
  });

  /** Python refuses some that we take: numpy 1 knows no transposed `_frombuffer`, and frames must fit there. */
  const COMPARE = `
import base64, io, json, pickle, sys, warnings
import numpy as np
warnings.simplefilter("ignore")
class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        module = module.replace("numpy._core", "numpy.core")
        assert (module, name) in {
            ("numpy.core.multiarray", "_reconstruct"), ("numpy.core.numeric", "_frombuffer"),
            ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode"),
            ("builtins", "bytearray"), ("__builtin__", "bytearray"),
        }
        return super().find_class(module, name)
def leaves(value, nesting=0):
    if isinstance(value, (list, tuple)) and nesting < 8:
        for item in value:
            yield from leaves(item, nesting + 1)
    elif isinstance(value, dict) and nesting < 8:
        for pair in value.items():
            yield from leaves(list(pair), nesting)
    else:
        yield value
def forms(leaf):
    if isinstance(leaf, np.ndarray):
        yield leaf.tobytes() if leaf.dtype == np.uint8 else None
    elif isinstance(leaf, (bytes, bytearray, str)):
        raw = leaf.encode("latin1", "replace") if isinstance(leaf, str) else bytes(leaf)
        yield raw
        try:
            yield base64.b64decode(raw + b"==")
        except ValueError:
            pass
same, different = 0, []
for case in json.load(sys.stdin):
    try:
        value = Unpickler(io.BytesIO(base64.b64decode(case["pickle"])), encoding="latin1").load()
    except Exception:
        continue
    content = case["content"]
    if content is None:
        is_same = None in [leaf for leaf in leaves(value) if not isinstance(leaf, np.ndarray)]
    else:
        is_same = any(form == base64.b64decode(content) for leaf in leaves(value) for form in forms(leaf))
    if is_same:
        same += 1
    else:
        different.append(case["pickle"])
json.dump({"same": same, "different": different}, sys.stdout)
`;

  test("cost no memory beyond the limit: neither 64 MiB of one opcode, nor what protocol 2 repeats", () => {
    const text = `X\0\0\x10\0${"A".repeat(MIB)}`;
    const repeated = pickle(`${text}q\0${"c_codecs\nencode\nh\0\x8c\x06latin1\x86Rq\x01".repeat(28)}.`);
    const full = new Uint8Array(MAX_PAYLOAD_BYTES).fill(0x28);
    full.set([0x80, 4]);
    // Bun counts an array's memory from the first use of its buffer on.
    const held = full.buffer.byteLength + repeated.buffer.byteLength;
    Bun.gc(true);
    const before = process.memoryUsage().arrayBuffers;

    for (let round = 0; round < 100; round += 1) {
      expect(reasonFor(full)).toBe("pickle-depth");
      expect(reasonFor(repeated)).toBe("pickle-value");
    }

    expect(held).toBeGreaterThan(MAX_PAYLOAD_BYTES);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * MIB);
  });

  test("cost no time beyond one picture's: a text of many arrays and lists is decoded once at most", () => {
    const textOf = (start: string) => `X\0\0\x80\0${start}${"\xc3\xbf".repeat(4 * MIB - 2)}`;
    const text = textOf("\xc3\xbf\xc3\xbf");
    const jpegText = textOf("\xc3\xbf\xc3\x98");
    const encoded = "c_codecs\nencode\nh\0\x8c\x06latin1\x86R";
    const array = (shape: string) => `${RECONSTRUCT}(K\x01${shape}${DTYPE}\x89${encoded}tb`;
    const jpeg = array("J\0\0\x40\0\x85");
    const broken = array("J\x01\0\x40\0\x85");
    const base64 = `X\0\0\x80\0${"/9j/".padEnd(8 * MIB, "%")}q\x01`;
    const secondsFor = (bytes: Uint8Array, code: string) => {
      const before = process.cpuUsage();
      expect(reasonFor(bytes)).toBe(code);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6;
    };
    const pixels = array("M\0\x08M\0\x08\x86");
    const one = secondsFor(pickle(`](${text}q\0${pixels}e.`), "accepted as pixels");

    const many = [
      secondsFor(pickle(`](${text}q\0${jpeg.repeat(40)}e.`), "pickle-shape"),
      secondsFor(pickle(`](${jpegText}q\0${broken.repeat(40)}e.`), "pickle-size"),
      secondsFor(pickle(`](${base64}${"h\x01".repeat(200)}e.`), "base64"),
    ];

    console.log(
      `one picture ${(one * 1000).toFixed(0)} ms, many ${many.map((s) => (s * 1000).toFixed(0)).join(", ")} ms`,
    );
    expect(Math.max(...many)).toBeLessThan(5 * one + 0.2);
  });

  test("end the connection: the reader gives nothing more after one", () => {
    const messages: string[] = [];
    const reader = new ClassicReader({ onBody: (payload) => messages.push(decodePickle(payload).kind) });
    const hostile = Buffer.from("\x04\0\0\0\0\0\0\0\x80\x04N.\x08\0\0\0\0\0\0\0\x80\x04cos\na\n", "latin1");

    expect(() => reader.push(hostile, 0)).toThrow(ProtocolError);
    expect(() => reader.push(hostile, 0)).toThrow(ProtocolError);
    expect(messages).toEqual(["none"]);
  });
});
