/**
 * A viewer on lanvid's own session, as `watch` is: it takes a lighter form of the stream when its link can't carry this
 * one. A program of its own. Arguments: host, port. Asked to "report", it reads the strips of what it was to show.
 */

import { forPeers } from "../../src/errors.ts";
import type { Codec } from "../../src/media.ts";
import { dial } from "../../src/net.ts";
import { receiveFrom } from "../../src/servers/tcp.ts";
import { systemClock } from "../../src/time.ts";
import { type Piece, readStrips, type SeenPicture } from "../../test/support/film-strips.ts";
import { hear, say } from "../runner/child.ts";

/** A picture, and the form that it came in. */
export interface FormedPicture extends SeenPicture {
  readonly form: string;
}

interface Part {
  readonly form: string;
  readonly codec: Codec;
  readonly pictures: (Piece & { readonly isShown: boolean })[];
}

const parts: Part[] = [];
const connection = await dial(
  { host: process.argv[2] as string, port: Number(process.argv[3]) },
  { signal: new AbortController().signal },
);
const session = receiveFrom(connection, {
  name: "bench",
  program: "lanvid-bench",
  codecs: ["h264", "mjpeg"],
  maxDelayMs: null,
  onStream({ codec, form, rendition }) {
    if (codec !== null && parts.length <= rendition) {
      parts[rendition] = { codec: codec as Codec, form, pictures: [] };
    }
  },
  onFrame({ video }, settle) {
    const at = performance.timeOrigin + performance.now();
    parts.at(-1)?.pictures.push({ bytes: video.bytes.slice(), at, isShown: !video.isPreroll });
    settle(systemClock.micros());
  },
  onEnd() {},
});

void hear(async () => {
  session.end("ended", forPeers`the bench is over`);
  const all: FormedPicture[] = [];
  for (const { form, codec, pictures } of parts.filter((part) => part !== undefined)) {
    const shown = new Set(pictures.filter(({ isShown }) => isShown).map(({ at }) => at));
    const seen = await readStrips(codec, pictures, form === "h264-half" ? 0.5 : 1);
    all.push(...seen.filter(({ at }) => shown.has(at)).map((picture) => ({ ...picture, form })));
  }
  say({ event: "seen", pictures: all });
});
say({ event: "ready" });
