import { afterEach, describe, expect, test } from "bun:test";
import { nowMicros } from "../src/clock.ts";
import { Hub, Stream } from "../src/hub.ts";
import type { Codec } from "../src/media.ts";
import { SenderSession, type SessionEnd } from "../src/session.ts";
import { decodeMessage, encodeAck, encodeHello, type Message } from "../src/wire.ts";
import { LoopbackTransport } from "./support/loopback-transport.ts";

type Form = "mjpeg" | "h264" | "h264-half";

const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) {
    cleanUp();
  }
});

/** A stream of hubs that the test feeds by hand, and a sender of it whose peer is the test. */
function sending(codec: Codec | null, codecs: readonly string[], adapts = false) {
  const original = new Hub({ name: "desk" });
  const made: Record<Form, Hub> = {
    mjpeg: new Hub({ name: "desk" }),
    h264: new Hub({ name: "desk" }),
    "h264-half": new Hub({ name: "desk" }),
  };
  made.mjpeg.describe({ codec: "mjpeg" });
  made.h264.describe({ codec: "h264" });
  made["h264-half"].describe({ codec: "h264" });
  original.describe({ codec });
  const stream = new Stream(original, made);
  const transport = new LoopbackTransport();
  const ends: SessionEnd[] = [];
  const session = new SenderSession(transport, {
    stream,
    kind: "tcp",
    address: null,
    maxDelayMs: 250,
    onEnd: (end) => ends.push(end),
  });
  cleanUps.push(() => session.lost("the test is over"));
  session.receive(
    encodeHello({ role: "receiver", name: "den", program: "test", codecs, maxDelayMs: null, adapts }).slice(),
  );
  const said = (): Message[] => transport.history.map(decodeMessage);
  return {
    original,
    made,
    session,
    ends,
    said,
    /** What was said since it was asked last: videos by their number, streams by their form. */
    news(): string[] {
      return transport.sent.splice(0).flatMap((payload) => {
        const message = decodeMessage(payload);
        switch (message.kind) {
          case "video": {
            const { sequence, isKey, isPreroll } = message.video;
            return [`video ${sequence}${isKey ? " key" : ""}${isPreroll ? " preroll" : ""}`];
          }
          case "stream": {
            const { form, rendition, codec: told, state } = message.stream;
            return [`stream ${rendition} ${form} ${told} ${state}`];
          }
          default:
            return [];
        }
      });
    },
    ack: (sequence: number) => session.receive(encodeAck(sequence, 10_000).slice()),
    /** Whoever sits at any of the hubs, as frames are told to them. */
    wanted: () => Object.entries(made).flatMap(([form, hub]) => (isWanted(hub) ? [form] : [])),
  };
}

/** Has anybody a seat here? A hub tells it by whom it tells of a change. */
function isWanted(hub: Hub): boolean {
  return (hub as unknown as { seatCount: number }).seatCount > 0;
}

function jpeg(hub: Hub): void {
  hub.describe({ state: "live", codec: "mjpeg" });
  hub.frame({ capturedAt: nowMicros(), isKey: true, bytes: Uint8Array.of(0xff, 0xd8, 0xff, 0xd9) });
}

function h264(hub: Hub, isKey: boolean): void {
  hub.describe({ state: "live", codec: "h264" });
  hub.frame({ capturedAt: nowMicros(), isKey, bytes: Uint8Array.of(0, 0, 1, isKey ? 0x65 : 0x41, 1) });
}
