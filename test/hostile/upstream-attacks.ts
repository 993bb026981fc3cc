// Parts: ffmpeg
import { heard } from "../../src/errors.ts";
import { encodeH264 } from "../support/h264.ts";
import { stripJpeg } from "../support/picture.ts";
import { ping, pong, stream, unknown, type Victim } from "./upstream.ts";

/** What a stream that is relayed does to the relay, and to those who watch it there. */
export interface UpstreamAttack {
  readonly name: string;
  readonly begin: (victim: Victim) => void;
  /** It is more than a sender may say: the connection is to be ended. */
  readonly isFlood?: true;
}

const CHUNK = 500;
const WIDTHS = [512, 528, 544, 560];
const jpegs = WIDTHS.map((width) => stripJpeg(width, 32, 0, 0));
const keys = WIDTHS.map((width) => encodeH264({ width, height: 32, count: 1, keyEvery: 1 })[0] as Uint8Array);
const pick = (from: readonly Uint8Array[], index: number) => from[index % from.length] as Uint8Array;
const [jpeg = new Uint8Array(0)] = jpegs;
const reason = "e".repeat(300);

/** A stream of 30 frames a second beside what is poured. */
function flood(name: string, count: number, make: (victim: Victim) => Uint8Array): UpstreamAttack {
  return {
    name,
    isFlood: true,
    begin(victim) {
      victim.write(stream());
      void victim.pour(count, () => make(victim));
      void victim.every(33, () => victim.write(victim.frame(jpeg)));
    },
  };
}

export const UPSTREAM_ATTACKS: readonly UpstreamAttack[] = [
  flood("tiny pictures, as many as the link takes", CHUNK, (victim) => victim.frame(jpeg)),
  flood("preroll without end", CHUNK, (victim) => victim.frame(jpeg, { isPreroll: true, wantsAck: false })),
  flood("another description with each message", 100, () => stream({ error: heard(`${reason}${Math.random()}`) })),
  flood("pongs that nobody asked for", 2 * CHUNK, pong),
  flood("a sender's pings without end", 2 * CHUNK, ping),
  flood("kinds of a later version, of one byte each", 10 * CHUNK, unknown),
  {
    name: "H.264 without a key frame, as much as the link takes",
    isFlood: true,
    begin(victim) {
      victim.write(stream({ codec: "h264" }));
      const slice = Uint8Array.of(0, 0, 1, 0x41, 1, 2);
      void victim.pour(CHUNK, () => victim.frame(slice, { isKey: false, wantsAck: false }));
    },
  },
  {
    name: "a state that changes with each picture",
    begin(victim) {
      void victim.every(10, (index) => {
        const state = (["live", "failed", "starting"] as const)[index % 3] ?? "live";
        victim.write(stream({ state, error: heard(`${index}`) }));
        victim.write(victim.frame(jpeg));
      });
    },
  },
  {
    name: "a size that changes with each picture",
    begin(victim) {
      victim.write(stream());
      void victim.every(20, (index) => victim.write(victim.frame(pick(jpegs, index))));
    },
  },
  {
    name: "parameters that change with each key frame",
    begin(victim) {
      victim.write(stream({ codec: "h264" }));
      void victim.every(20, (index) => victim.write(victim.frame(pick(keys, index))));
    },
  },
  {
    name: "a codec that changes with each picture",
    begin(victim) {
      void victim.every(33, (index) => {
        const isJpeg = index % 2 === 0;
        victim.write(stream({ codec: isJpeg ? "mjpeg" : "h264" }));
        victim.write(victim.frame(isJpeg ? jpeg : pick(keys, 0)));
      });
    },
  },
  {
    name: "another rendition with each picture",
    begin(victim) {
      void victim.every(33, (index) => {
        victim.write(stream({ rendition: index }));
        victim.restartNumbers();
        victim.write(victim.frame(jpeg));
      });
    },
  },
];
