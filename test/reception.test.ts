import { expect, test } from "bun:test";
import { forPeers } from "../src/errors.ts";
import { type Connection, dial, listen } from "../src/net.ts";
import { Reception } from "../src/remote.ts";
import { sendTo } from "../src/servers/tcp.ts";
import { Stream, Track } from "../src/stream.ts";
import { systemClock } from "../src/time.ts";
import { StripSource } from "./support/picture.ts";
import { waitFor } from "./support/wait.ts";

test.each([
  ["shutdown", "reconnecting"],
  ["ended", "ended"],
])("a picture that was still being decoded when the connection ended (%s) makes nothing live", async (code, state) => {
  const track = new Track({ name: "desk" });
  track.attach(new StripSource());
  const peers: ReturnType<typeof sendTo>[] = [];
  const onConnection = (connection: Connection) => {
    peers.push(sendTo(connection, { stream: new Stream(track), maxDelayMs: 250, http: null, onEnd() {} }));
  };
  const listener = listen({ port: 0, hostname: "127.0.0.1", admits: () => true, onRefused() {}, onConnection });
  const { signal } = new AbortController();
  const shown = Promise.withResolvers<number>();
  let taken = 0;
  const reception = new Reception({
    name: "test",
    maxDelayMs: null,
    codecs: () => ["mjpeg"],
    sink: { describe() {} },
    onFrame() {
      taken += 1;
      return shown.promise;
    },
    onPixels() {},
  });

  const receiving = reception.receive(await dial({ host: "127.0.0.1", port: listener.port }, { signal }), signal);
  await waitFor("a picture", () => taken > 0);
  peers[0]?.end(code, forPeers`the test is over`);
  await receiving;
  shown.resolve(systemClock.micros());
  await Bun.sleep(0);

  expect(reception.stats.lastSecond().state).toBe(state as never);
  await listener.stop();
  await track.close();
});
