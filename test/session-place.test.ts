import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { forPeers, openFault } from "../src/errors.ts";
import type { Codec, Source, SourceSink } from "../src/media.ts";
import { SenderSession } from "../src/session.ts";
import { Stream, Track } from "../src/stream.ts";
import { decodeMessage, encodeAck, encodeHello, type SessionEnd } from "../src/wire.ts";
import { HandClock } from "./support/hand-clock.ts";
import { LoopbackTransport } from "./support/loopback-transport.ts";

type Form = "original" | "mjpeg" | "h264" | "h264-half";

const sessions: SenderSession[] = [];
let clock: HandClock;

beforeEach(() => {
  clock = new HandClock();
});

afterEach(() => {
  for (const session of sessions.splice(0)) {
    session.lost("the test is over");
  }
});

/** A source that gives what the test says; it knows whether it is wanted. */
class HandSource implements Source {
  readonly kind = "test";
  readonly name = "by hand";
  readonly alwaysOn = false;
  isWanted = false;

  constructor(readonly codec: Codec | null) {}

  start(sink: SourceSink): void {
    this.isWanted = true;
    sink.describe({ state: "starting" });
  }

  async stop(): Promise<void> {
    this.isWanted = false;
  }
}

/** A sender whose stream is fed by hand, and whose peer is the test. */
function sending(
  codec: Codec | null,
  options: { readonly codecs: readonly string[]; readonly adapts?: boolean; readonly isPlain?: boolean },
) {
  const sources = {
    original: new HandSource(codec),
    mjpeg: new HandSource("mjpeg"),
    h264: new HandSource("h264"),
    "h264-half": new HandSource("h264"),
  };
  const trackOf = (form: Form) => {
    const track = new Track({ name: "desk", graceMs: 0, clock });
    track.attach(sources[form]);
    return track;
  };
  const original = trackOf("original");
  const made = { mjpeg: trackOf("mjpeg"), h264: trackOf("h264"), "h264-half": trackOf("h264-half") };
  const transport = new LoopbackTransport();
  const ends: SessionEnd[] = [];
  const session = new SenderSession(transport, {
    stream: new Stream(original, options.isPlain === true ? null : made),
    kind: "lanvid",
    address: null,
    maxDelayMs: 250,
    onEnd: (end) => ends.push(end),
    clock,
  });
  sessions.push(session);
  const { codecs, adapts = false } = options;
  session.receive(
    encodeHello({ role: "receiver", name: "den", program: "test", codecs, maxDelayMs: null, adapts }).slice(),
  );
  return {
    original,
    ...made,
    session,
    ends,
    ack: (sequence: number) => session.receive(encodeAck(sequence, 10_000).slice()),
    /** What was said since the last time. */
    news: () => transport.sent.splice(0).flatMap(wordsOf),
    /** The forms that somebody wants. */
    wanted: () => Object.entries(sources).flatMap(([form, { isWanted }]) => (isWanted ? [form] : [])),
  };
}

function wordsOf(payload: Uint8Array): string[] {
  const message = decodeMessage(payload);
  switch (message.kind) {
    case "video": {
      const { sequence, isKey, isPreroll } = message.video;
      return [`video ${sequence}${isKey ? " key" : ""}${isPreroll ? " preroll" : ""}`];
    }
    case "stream": {
      const { form, rendition, codec, state } = message.stream;
      return [`stream ${rendition}: ${form} ${codec} ${state}`];
    }
    default:
      return [];
  }
}

function give(track: Track, codec: "mjpeg" | "h264", isKey: boolean): void {
  track.describe({ state: "live", codec, error: null });
  track.frame({ capturedAt: clock.micros(), isKey, bytes: Uint8Array.of(0, 0, 1, 0x65, 1) });
}

const jpeg = (track: Track) => give(track, "mjpeg", true);
const key = (track: Track) => give(track, "h264", true);
const delta = (track: Track) => give(track, "h264", false);

/** A source of 100 frames a second on a link that takes and settles only some, until `isDone`. */
function stream(feed: () => void, settle: (count: number) => void, isDone: () => boolean): void {
  for (let count = 1; count <= 6000; count++) {
    clock.advance(10);
    feed();
    settle(count);
    if (isDone()) {
      return;
    }
  }
  throw new Error("nothing moved in 60 s");
}

describe("a viewer's place", () => {
  test("is at JPEG made of an H.264 source when it can show nothing else", () => {
    const { original, mjpeg, ack, news } = sending("h264", { codecs: ["mjpeg"] });

    key(original);
    jpeg(mjpeg);
    jpeg(mjpeg);
    ack(1);

    expect(news()).toEqual([
      "stream 0: mjpeg mjpeg starting",
      "stream 0: mjpeg mjpeg live",
      "video 1 key",
      "video 2 key",
    ]);
  });

  test("is at the original as soon as it is known that it will do", () => {
    const { original, news, wanted } = sending(null, { codecs: ["h264", "mjpeg"] });

    key(original);
    delta(original);

    expect(news()).toEqual(["stream 0: original null starting", "stream 0: original h264 live", "video 1 key"]);
    expect(wanted()).toEqual(["original"]);
  });

  test("is at what is made of it when the source says late that it gives something else", () => {
    const { original, mjpeg, ack, news, wanted } = sending(null, { codecs: ["mjpeg"] });

    key(original);
    delta(original);
    expect(news()).toEqual(["stream 0: original null starting"]);
    expect(wanted()).toEqual(["original", "mjpeg"]);
    jpeg(mjpeg);
    ack(1);

    expect(news()).toEqual(["stream 1: mjpeg mjpeg live", "video 1 key"]);
    expect(wanted()).toEqual(["original", "mjpeg"]);
  });

  test("tells why there is no picture when what it needs can't be made", () => {
    const { original, mjpeg, news } = sending(null, { codecs: ["mjpeg"] });
    key(original);
    news();

    mjpeg.describe({ state: "failed", error: openFault(forPeers`cannot find ffmpeg`) });

    expect(news()).toEqual(["stream 0: original null failed"]);
  });

  test("changes with the source's codec when all that was sent is settled, and begins anew with a key frame", () => {
    const { original, mjpeg, ack, news } = sending("mjpeg", { codecs: ["mjpeg"] });
    for (let count = 0; count < 3; count++) {
      jpeg(original);
    }
    expect(news().slice(-1)).toEqual(["video 1 key"]);

    key(original);
    jpeg(mjpeg);
    expect(news().filter((word) => word.startsWith("video"))).toEqual([]);
    ack(1);

    expect(news()).toEqual(["stream 1: mjpeg mjpeg live", "video 1 key"]);
  });

  test("goes back to the original when the source gives again what the viewer can show", () => {
    const { original, mjpeg, ack, news, wanted } = sending("mjpeg", { codecs: ["mjpeg"] });
    jpeg(original);
    ack(1);
    key(original);
    jpeg(mjpeg);
    const words = news();
    let taken = 1;

    stream(
      () => {
        jpeg(original);
        jpeg(mjpeg);
      },
      () => {
        const said = news();
        words.push(...said);
        taken = Number(/ (\d+) key$/.exec(said.at(-1) ?? "")?.[1] ?? taken);
        ack(taken);
      },
      () => words.includes("stream 2: original mjpeg live"),
    );

    expect(words).toContain("stream 1: mjpeg mjpeg live");
    clock.advance(0);
    expect(wanted()).not.toContain("mjpeg");
  });

  test("stays when the source comes back as it was before another form was ready", () => {
    const { original, mjpeg, ack, news, wanted } = sending("mjpeg", { codecs: ["mjpeg"] });
    jpeg(original);
    key(original);
    expect(wanted()).toEqual(["original", "mjpeg"]);

    jpeg(original);
    ack(1);
    jpeg(mjpeg);
    jpeg(original);

    expect(news().filter((word) => word.startsWith("stream 1"))).toEqual([]);
    clock.advance(0);
    expect(wanted()).not.toContain("mjpeg");
  });

  test("gives the viewer who can show both what the source gives, whatever that is", () => {
    const { original, ack, news, wanted } = sending("mjpeg", { codecs: ["h264", "mjpeg"] });
    jpeg(original);
    ack(1);

    key(original);
    delta(original);
    ack(2);

    expect(news().slice(1)).toEqual([
      "stream 0: original mjpeg live",
      "video 1 key",
      "stream 0: original h264 live",
      "video 2 key",
      "video 3",
    ]);
    expect(wanted()).toEqual(["original"]);
  });

  test("ends when the source gives what the viewer can't show, and nothing can be made of it", () => {
    const { original, ends, wanted } = sending(null, { codecs: ["mjpeg"], isPlain: true });

    key(original);

    expect(ends.map(({ code, by }) => `${code} by ${by}`)).toEqual(["no-common-codec by us"]);
    expect(wanted()).toEqual(["original"]);
  });

  test("leaves nobody wanted when the viewer goes while another form is got ready", () => {
    const { original, session, wanted } = sending("mjpeg", { codecs: ["mjpeg"] });
    jpeg(original);
    key(original);
    expect(wanted()).toEqual(["original", "mjpeg"]);

    session.lost("the cable was pulled");

    clock.advance(0);
    expect(wanted()).toEqual([]);
  });
});

describe("a viewer's place on a link that can't carry the stream", () => {
  test("moves down when all that was sent is settled: no frame of the old form comes after", () => {
    const { original, h264, ack, news, wanted } = sending("mjpeg", { codecs: ["h264", "mjpeg"], adapts: true });
    let taken = 0;
    const settleSome = (count: number) => {
      if (count % 20 === 0 && taken > 0) {
        ack(taken);
      }
    };
    const watch = () => {
      for (const word of news()) {
        taken = Number(/^video (\d+)/.exec(word)?.[1] ?? taken);
      }
    };

    stream(
      () => jpeg(original),
      (count) => {
        watch();
        settleSome(count);
      },
      () => wanted().includes("h264"),
    );
    watch();
    key(h264);
    delta(h264);
    jpeg(original);
    expect(news()).toEqual([]);
    ack(taken);

    expect(news()).toEqual(["stream 1: h264 h264 live", "video 1 key preroll", "video 2"]);
    expect(wanted()).toEqual(["original", "h264"]);
  });

  test("keeps what it has when the other form can't be made, and wants it no longer", () => {
    const both = sending("mjpeg", { codecs: ["h264", "mjpeg"], adapts: true });
    const { original, h264, ack, news, wanted } = both;
    let taken = 0;
    stream(
      () => jpeg(original),
      (count) => {
        for (const word of news()) {
          taken = Number(/^video (\d+)/.exec(word)?.[1] ?? taken);
        }
        if (count % 20 === 0) {
          ack(taken);
        }
      },
      () => wanted().includes("h264"),
    );

    h264.describe({ state: "failed", error: openFault(forPeers`ffmpeg ended with exit code 1`) });

    clock.advance(0);
    expect(wanted()).not.toContain("h264");
    jpeg(original);
    ack(taken);
    expect(news().filter((word) => word.startsWith("video"))).toHaveLength(1);
    expect(both.ends).toEqual([]);
  });

  test("does not move one that does not adapt", () => {
    const { original, ack, news, wanted } = sending("mjpeg", { codecs: ["h264", "mjpeg"] });
    const until = clock.now() + 5000;
    let taken = 0;

    stream(
      () => jpeg(original),
      (count) => {
        for (const word of news()) {
          taken = Number(/^video (\d+)/.exec(word)?.[1] ?? taken);
        }
        if (count % 20 === 0) {
          ack(taken);
        }
      },
      () => clock.now() > until,
    );

    expect(wanted()).toEqual(["original"]);
  });
});
