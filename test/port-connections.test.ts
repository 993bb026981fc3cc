import { expect, test } from "bun:test";
import { addressOfPeer, connectionsOn, cutConnection, peerKey } from "../src/sys.ts";
import { RawPeer } from "./support/raw-peer.ts";
import { waitFor } from "./support/wait.ts";

test.each(["127.0.0.1", "::"])("connections that a server on %s accepted are seen and cut", async (hostname) => {
  const server = Bun.serve({ port: 0, hostname, fetch: () => new Response() });
  const port = server.port as number;
  const peers = Array.from({ length: 5 }, () => new RawPeer(port));
  // Neither end hears of a connection, or of its end, at a moment that the other one could know.
  const numberOn = () => connectionsOn(port)?.length;
  await waitFor("own ports", () => peers.every(({ socket }) => socket.localPort !== undefined));
  await waitFor(
    () => `5 connections, there are ${numberOn()}`,
    () => numberOn() === 5,
  );
  const seen = connectionsOn(port) ?? [];

  const own = peers.map(({ socket }) => peerKey("::ffff:127.0.0.1", socket.localPort as number));
  const [first] = seen;
  cutConnection(first?.fd as number);

  expect(seen.map(({ peer }) => peer).sort()).toEqual(own.sort());
  expect(addressOfPeer(own[0] as string)).toBe("127.0.0.1");
  await waitFor("one to be closed", () => peers.filter(({ isClosed }) => isClosed).length === 1);
  await waitFor(
    () => `4 connections, there are ${numberOn()}`,
    () => numberOn() === 4,
  );
  await server.stop(true);
  for (const peer of peers) {
    peer.close();
  }
});
