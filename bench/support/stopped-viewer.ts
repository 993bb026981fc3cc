/**
 * A viewer on lanvid's own session that bench/fanout.ts stops and lets go on, a program of its own. It connects again
 * when it is sent away, as `lanvid watch` does, and tells the age of each frame that the session lets it show: by the
 * sender's time alone, since both are on one machine. Argument: port.
 */

import { keepConnected } from "../../src/app/keep-connected.ts";
import { silentLog } from "../../src/log.ts";
import { receiveFrom } from "../../src/net.ts";
import { nowMicros } from "../../src/time.ts";
import type { SessionEnd } from "../../src/wire.ts";
import { hear, report } from "./child.ts";
import { spreadOf } from "./figures.ts";

let ages: number[] = [];
let connections = 0;

void hear((word) => {
  if (word === "restart") {
    ages = [];
  } else {
    report({ event: "figures", ages: spreadOf(ages), connections });
  }
});

await keepConnected({
  address: { host: "127.0.0.1", port: Number(process.argv[2]) },
  counterpart: "serve",
  retry: true,
  signal: new AbortController().signal,
  log: silentLog,
  onLost() {},
  converse: async (connection) => {
    const { promise, resolve } = Promise.withResolvers<SessionEnd>();
    connections += 1;
    receiveFrom(connection, {
      name: "stopped",
      program: "lanvid-bench",
      codecs: ["mjpeg"],
      maxDelayMs: null,
      onStream() {},
      onFrame({ video }, settle) {
        const shownAt = nowMicros();
        ages.push((shownAt - video.capturedAt) / 1000);
        settle(shownAt);
      },
      onEnd: resolve,
    });
    return { end: await promise, isGreeted: true };
  },
});
