// Parts: ffmpeg
/** What `watch --json` says of the state, as its other side makes it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Lanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";

setDefaultTimeout(60_000);

const SERVE = ["serve", "test", "--size", "512x128", "--codec", "mjpeg", "--port", "0", "--http", "off"];

async function serve(): Promise<{ readonly server: Lanvid; readonly address: string }> {
  const server = new Lanvid(SERVE);
  return { server, address: `127.0.0.1:${(await server.event("ready"))["port"]}` };
}

test("no new picture from a sender that still has the connection is stale, for as long as it lasts", async () => {
  const { server, address } = await serve();
  await using _server = server;
  await using viewer = new Lanvid(["watch", address, "--view", "none"]);
  const live = await viewer.eventWhere(({ event, state }) => event === "stats" && state === "live");

  server.kill("SIGSTOP");
  const stale = await viewer.eventWhere(({ state, stillMs }) => state === "stale" && Number(stillMs) > 2000);
  server.kill("SIGCONT");
  const again = await viewer.eventWhere(({ state, time }) => state === "live" && time > stale.time);

  // 250 ms are promised; a second more, and the usual distance.
  const stills = viewer.events.filter(({ state }) => state === "stale").map(({ stillMs }) => Number(stillMs));
  expect(Math.min(...stills)).toBeGreaterThan(1250);
  expect([live["stillMs"], again["stillMs"]]).toEqual([null, null]);
});

test("what ended well has ended, whatever ended it", async () => {
  using folder = new Folder();
  const { server, address } = await serve();
  await using _server = server;
  const output = join(folder.path, "film.mp4");
  await using counting = new Lanvid(["watch", address, "--view", "none", "--frames", "5"]);
  await using recording = new Lanvid(["watch", address, "--output", output]);
  await recording.eventWhere(({ frames }) => Number(frames) > 0);
  recording.kill("SIGTERM");

  expect(await counting.event("end")).toMatchObject({ code: 0, state: "ended" });
  expect(await recording.event("end")).toMatchObject({ code: 0, state: "ended" });
});

test("a stream that is over has ended; one whose program was stopped has no connection", async () => {
  const source = "ffmpeg -v error -re -f lavfi -i testsrc2=size=320x240:rate=25 -c:v mpeg4 -f nut -".split(" ");
  const feeder = Bun.spawn(source, { stdin: "ignore", stdout: "pipe" });
  await using over = new Lanvid(["serve", "-", "--port", "0", "--http", "off"], { stdin: feeder.stdout });
  const { server, address } = await serve();
  await using _server = server;
  await using ofOver = new Lanvid(["watch", `127.0.0.1:${(await over.event("ready"))["port"]}`, "--view", "none"]);
  await using ofStopped = new Lanvid(["watch", address, "--view", "none"]);
  await Promise.all([ofOver, ofStopped].map((viewer) => viewer.eventWhere(({ state }) => state === "live")));

  feeder.kill("SIGTERM");
  server.kill("SIGINT");
  await ofOver.eventWhere(({ state }) => state === "ended");
  await ofStopped.eventWhere(({ state }) => state === "reconnecting");

  // Nobody is there any more: that says nothing else of the stream.
  const { time } = await ofOver.eventWhere(({ state }) => state === "ended");
  const next = await ofOver.eventWhere((event) => event.event === "stats" && event.time > time);
  expect(next["state"]).toBe("ended");
  expect(ofStopped.events.filter(({ state }) => state === "ended")).toEqual([]);
});

test("who was turned away says so", async () => {
  await using other = new Lanvid(["receive", "--port", "0", "--view", "none"]);
  const { port } = await other.event("ready");
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);

  expect(await viewer.event("end")).toMatchObject({ code: 7, state: "refused" });
});
