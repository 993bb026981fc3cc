import { KIB, MIB } from "../units.ts";
import { badOutput } from "./bad-output.ts";
import { NutBytes } from "./nut-bytes.ts";
import { type MainHeader, readMainHeader, readStreamHeader, type StreamHeader } from "./nut-headers.ts";

/** A frame out of a NUT stream. */
export interface NutFrame {
  readonly stream: number;
  /** In memory of their own. */
  readonly bytes: Uint8Array;
  /** µs on the stream's own clock. */
  readonly ptsMicros: number;
  readonly isKey: boolean;
}

const FILE_ID = "nut/multimedia container\0";
/** The first two bytes of a packet's startcode tell its kind; the six that follow are always the same. */
const MAIN = 0x4e4d;
const STREAM = 0x4e53;
const SYNCPOINT = 0x4e4b;
const STARTCODES: ReadonlyMap<number, readonly [number, number]> = new Map([
  [MAIN, [0x4e4d7a56, 0x1f5f04ad]],
  [STREAM, [0x4e531140, 0x5bf2f9db]],
  [SYNCPOINT, [0x4e4be4ad, 0xeeca4569]],
  [0x4e58, [0x4e58dd67, 0x2f23e64e]], // index
  [0x4e49, [0x4e49ab68, 0xb596ba78]], // info
]);
const N = 0x4e;
/** Packets and frames over this size have a checksum before their data, or no elided header. */
const LARGE_BYTES = 4096;
const CHECKSUM_BYTES = 4;
const MAX_PACKET_BYTES = 64 * KIB;
const MAX_FRAME_BYTES = 64 * MIB;
/** In a frame's header; ffmpeg writes none. */
const MAX_RESERVED = 16;

/** Of a frame (nut.txt, "flags"). */
const KEY = 1;
const END_OF_STREAM = 2;
const CODED_PTS = 8;
const STREAM_ID = 16;
const SIZE = 32;
const CHECKSUM = 64;
const RESERVED = 128;
const SIDE_DATA = 256;
const ELIDED = 1024;
const MATCH_TIME = 2048;
const CODED_FLAGS = 4096;
const INVALID = 8192;

interface Stream extends StreamHeader {
  lastPts: number;
}

interface OpenFrame extends NutFrame {
  fill: number;
}

/**
 * Cuts ffmpeg's `-f nut` into frames: the end of a frame is known with its last byte.
 * ```
 * "nut/multimedia container\0"  packet | frame …
 * packet:  startcode (8), v: length, [checksum if over 4096], data, checksum      headers, syncpoints, index, info
 * frame:   code (1), what the code's flags announce: stream, time, size …, data
 * ```
 * The format is FFmpeg's nut.txt; its numbers (v) have seven bits per byte.
 */
export class NutReader {
  readonly #onFrame: (frame: NutFrame) => void;
  /** The beginning of a header whose end has not come; `#wanted` bytes are needed to go on. */
  #held: Uint8Array = new Uint8Array(64);
  #heldBytes = 0;
  #wanted = 0;
  #hasBegun = false;
  #main: MainHeader | null = null;
  readonly #streams: Stream[] = [];
  #frame: OpenFrame | null = null;
  #error: unknown = null;

  /** @param onFrame owns the bytes it gets */
  constructor(onFrame: (frame: NutFrame) => void) {
    this.#onFrame = onFrame;
  }

  /**
   * Takes the next bytes; keeps nothing of `chunk`.
   * @throws LanvidError (ffmpeg) when this is not what ffmpeg writes, and from then on
   */
  push(chunk: Uint8Array): void {
    if (this.#error !== null) {
      throw this.#error;
    }
    try {
      let rest = chunk;
      while (rest.length > 0) {
        rest = this.#frame === null ? this.#takeHeader(rest) : this.#takeData(this.#frame, rest);
      }
    } catch (error) {
      this.#error = error;
      throw error;
    }
  }

  #takeHeader(chunk: Uint8Array): Uint8Array {
    if (this.#heldBytes === 0) {
      const read = this.#readHeader(chunk);
      if (read > 0) {
        return chunk.subarray(read);
      }
    }
    const needed = this.#heldBytes === 0 ? chunk.length : this.#wanted - this.#heldBytes;
    const taken = chunk.subarray(0, needed);
    this.#hold(taken);
    if (this.#heldBytes >= this.#wanted && this.#readHeader(this.#held.subarray(0, this.#heldBytes)) > 0) {
      this.#heldBytes = 0;
    }
    return chunk.subarray(taken.length);
  }

  #hold(bytes: Uint8Array): void {
    const length = this.#heldBytes + bytes.length;
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#held.length));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes = length;
  }

  #takeData(frame: OpenFrame, chunk: Uint8Array): Uint8Array {
    const taken = Math.min(frame.bytes.length - frame.fill, chunk.length);
    frame.bytes.set(chunk.subarray(0, taken), frame.fill);
    frame.fill += taken;
    this.#giveIfWhole(frame);
    return chunk.subarray(taken);
  }

  #giveIfWhole(frame: OpenFrame): void {
    if (frame.fill < frame.bytes.length) {
      this.#frame = frame;
      return;
    }
    this.#frame = null;
    const { stream, bytes, ptsMicros, isKey } = frame;
    this.#onFrame({ stream, bytes, ptsMicros, isKey });
  }

  /** Reads one whole header at the beginning of `bytes`. @returns its length; 0 when `#wanted` bytes are needed for it */
  #readHeader(bytes: Uint8Array): number {
    if (!this.#hasBegun) {
      return this.#readFileId(bytes);
    }
    return bytes[0] === N ? this.#readPacket(bytes) : this.#readFrame(bytes);
  }

  #want(bytes: number): 0 {
    this.#wanted = bytes;
    return 0;
  }

  #readFileId(bytes: Uint8Array): number {
    for (let at = 0; at < Math.min(FILE_ID.length, bytes.length); at++) {
      if (bytes[at] !== FILE_ID.charCodeAt(at)) {
        throw badOutput("it does not begin as NUT does");
      }
    }
    if (bytes.length < FILE_ID.length) {
      return this.#want(FILE_ID.length);
    }
    this.#hasBegun = true;
    return FILE_ID.length;
  }

  #readPacket(bytes: Uint8Array): number {
    const reader = new NutBytes(bytes);
    const [high, low] = [reader.u32(), reader.u32()];
    if (reader.isShort) {
      return this.#want(bytes.length + 1);
    }
    const kind = high >>> 16;
    const startcode = STARTCODES.get(kind);
    if (startcode?.[0] !== high || startcode[1] !== low) {
      throw badOutput(`no packet begins with ${[high, low].map((word) => word.toString(16)).join("")}`);
    }
    const length = reader.number();
    if (reader.isShort) {
      return this.#want(bytes.length + 1);
    }
    if (length < CHECKSUM_BYTES || length > MAX_PACKET_BYTES) {
      throw badOutput(`a header of ${length} bytes, at most ${MAX_PACKET_BYTES} are allowed`);
    }
    const from = reader.at + (length > LARGE_BYTES ? CHECKSUM_BYTES : 0);
    const end = from + length;
    if (bytes.length < end) {
      return this.#want(end);
    }
    this.#takePacket(kind, new NutBytes(bytes.subarray(from, end - CHECKSUM_BYTES)));
    return end;
  }

  #takePacket(kind: number, data: NutBytes): void {
    if (kind === MAIN) {
      // ffmpeg repeats all headers now and then.
      const main = readMainHeader(data);
      assertWhole(data);
      this.#main = main;
    } else if (kind === STREAM) {
      const header = readStreamHeader(data, this.#known());
      assertWhole(data);
      this.#streams[header.stream] = { ...header, lastPts: this.#streams[header.stream]?.lastPts ?? 0 };
    } else if (kind === SYNCPOINT) {
      this.#takeSyncpoint(data);
    }
  }

  #known(): MainHeader {
    if (this.#main === null) {
      throw badOutput("no main header comes first");
    }
    return this.#main;
  }

  /** The times of the frames that follow count from here. */
  #takeSyncpoint(data: NutBytes): void {
    const { timeBases } = this.#known();
    const stamp = data.number();
    assertWhole(data);
    const count = timeBases.length;
    const from = timeBases[stamp % count];
    if (from === undefined) {
      throw badOutput("a time without a time base");
    }
    const pts = BigInt(Math.floor(stamp / count));
    for (const stream of this.#streams) {
      const to = stream && timeBases[stream.timeBase];
      if (to !== undefined) {
        const seconds = pts * BigInt(from.numerator) * BigInt(to.denominator);
        stream.lastPts = Number(seconds / (BigInt(from.denominator) * BigInt(to.numerator)));
      }
    }
  }

  #readFrame(bytes: Uint8Array): number {
    const { frameCodes, elided, timeBases } = this.#known();
    const reader = new NutBytes(bytes);
    const code = frameCodes[reader.byte()];
    const flags = (code?.flags ?? INVALID) ^ ((code?.flags ?? 0) & CODED_FLAGS ? reader.number() : 0);
    if (code === undefined || (flags & (INVALID | SIDE_DATA)) !== 0) {
      throw badOutput(`no frame begins with byte ${bytes[0]}`);
    }
    const id = flags & STREAM_ID ? reader.number() : code.stream;
    const codedPts = flags & CODED_PTS ? reader.number() : null;
    const size = code.sizeRest + (flags & SIZE ? code.sizeFactor * reader.number() : 0);
    if (flags & MATCH_TIME) {
      reader.skip();
    }
    const elidedId = flags & ELIDED ? reader.number() : code.elided;
    const reserved = flags & RESERVED ? reader.number() : code.reserved;
    if (reserved > MAX_RESERVED) {
      throw badOutput(`${reserved} reserved fields, at most ${MAX_RESERVED} are allowed`);
    }
    for (let field = 0; field < reserved; field++) {
      reader.skip();
    }
    if (flags & CHECKSUM) {
      reader.u32();
    }
    if (reader.isShort) {
      return this.#want(bytes.length + 1);
    }
    const stream = this.#streams[id];
    const timeBase = stream && timeBases[stream.timeBase];
    if (stream === undefined || timeBase === undefined) {
      throw badOutput(`a frame of stream ${id}, which has no header`);
    }
    const prefix = elided[size > LARGE_BYTES ? 0 : elidedId];
    if (prefix === undefined || size > MAX_FRAME_BYTES || size < prefix.length) {
      throw badOutput(`a frame of ${size} bytes, at most ${MAX_FRAME_BYTES} are allowed`);
    }
    const pts = codedPts === null ? stream.lastPts + code.ptsStep : fullPts(codedPts, stream);
    stream.lastPts = pts;
    if (size > 0 && (flags & END_OF_STREAM) === 0) {
      const data = new Uint8Array(size);
      data.set(prefix);
      const ptsMicros = Math.round((pts / timeBase.denominator) * timeBase.numerator * 1e6);
      const isKey = (flags & KEY) !== 0;
      this.#giveIfWhole({ stream: id, bytes: data, ptsMicros, isKey, fill: prefix.length });
    } else if (size > prefix.length) {
      throw badOutput("a stream's end with data");
    }
    return reader.at;
  }
}

/** A time that is written short (its lowest bits) is the one nearest to the last. */
function fullPts(coded: number, { shortPtsBits, lastPts }: Stream): number {
  const range = 2 ** shortPtsBits;
  if (coded >= range) {
    return coded - range;
  }
  const least = lastPts - Math.floor((range - 1) / 2);
  return least + ((((coded - least) % range) + range) % range);
}

function assertWhole(data: NutBytes): void {
  if (data.isShort) {
    throw badOutput("a header that ends too early");
  }
}
