import { expect, setDefaultTimeout, test } from "bun:test";
import { Peer } from "./hostile/peer.ts";
import { hello } from "./hostile/upstream.ts";
import { Lanvid } from "./support/lanvid.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const SENDERS = 300;

test("`receive` names senders that come and go, but not each of hundreds", async () => {
  await using listener = new Lanvid(["receive", "--port", "0", "--view", "none"]);
  const { port } = (await listener.event("ready")) as unknown as { port: number };

  for (let count = 0; count < SENDERS; count++) {
    const sender = await Peer.connect(port);
    sender.write(hello());
    await Bun.sleep(2);
    sender.close();
  }

  await listener.eventWhere(({ reconnects }) => Number(reconnects) > SENDERS / 2);
  const lines = listener.stderr.split("\n").filter((line) => line.startsWith("showing"));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThan(SENDERS / 3);
});
