// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hello, Peer } from "./hostile/peer.ts";
import { Lanvid } from "./support/lanvid.ts";
import { childrenOf, commandOf } from "./support/processes.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

test("a URL's ffmpeg may take 512 MiB in one piece, however long the server makes a picture", async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "multipart/x-mixed-replace; boundary=b" });
    response.write("--b\r\nContent-Type: image/jpeg\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await using serve = new Lanvid(["serve", url, "--port", "0", "--http", "off"]);
  const { port } = (await serve.event("ready")) as unknown as { port: number };
  const viewer = await Peer.connect(port);
  viewer.write(hello());

  const child = await waitFor("ffmpeg", () => childrenOf(serve.child.pid, "ffmpeg")[0]);
  const command = commandOf(child);

  expect(command[command.indexOf("-max_alloc") + 1]).toBe(String(512 * 1024 * 1024));
  expect(command.indexOf("-max_alloc")).toBeLessThan(command.indexOf("-i"));
  viewer.close();
  server.closeAllConnections();
  server.close();
});
