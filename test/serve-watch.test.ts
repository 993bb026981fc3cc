import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { jpegSize } from "../src/media.ts";
import { type Event, Lanvid, runLanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { type Claim, timed } from "./support/timed.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

/** Any free ports, so that tests do not meet each other or a lanvid of the person who runs them. */
const FREE = ["--port", "0", "--http", "0"];

test("a viewer receives every frame of the test pattern, at its rate, and knows the delay", async () => {
  await using server = new Lanvid(["serve", "test", ...FREE]);
  const { port } = await server.event("ready");

  await timed(async () => {
    await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "150"]);
    const ready = await viewer.event("ready");
    const end = await viewer.event("end");
    const seconds = server.events.filter(({ event, time }) => event === "stats" && time > ready.time + 1500);
    const given = Math.min(...seconds.map(({ source }) => (source as { readonly fps: number }).fps));

    expect(ready["source"]).toEqual({ kind: "lanvid", name: hostname() });
    expect(end).toMatchObject({ frames: 150, reason: "frames", code: 0, codec: "h264", width: 1280, height: 720 });
    expect(end["fps"]).toBeLessThan(31);
    expect(await viewer.exited()).toBe(0);
    // A picture that a busy machine can't draw in time is left out by the pattern: the viewer gets what there is.
    const rate = { what: "frames", perSecond: Number(end["fps"]), atLeast: Math.min(29, given - 1) };
    return [rate, medianDelay(end)];
  });
});

function medianDelay(end: Event): Claim {
  const { p50 } = end["delayMs"] as { readonly p50: number };
  expect(p50).toBeGreaterThan(0);
  return { what: "the delay, median", ms: p50, atMost: 100 };
}

test("the picture has the size, the turn and the mirror that were asked for", async () => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", "--rotate", "90", ...FREE]);
  const { http } = await server.event("ready");

  const response = await fetch(`http://127.0.0.1:${http}/snapshot`);
  const size = jpegSize(await response.bytes());

  expect(response.status).toBe(200);
  expect(size).toEqual({ width: 360, height: 640 });
});

test("a server that is ended says goodbye, and its viewer ends with --no-retry", async () => {
  await using server = new Lanvid(["serve", "test", ...FREE]);
  const { port } = await server.event("ready");
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--no-retry"]);
  await viewer.eventWhere(({ frames }) => Number(frames) > 10);

  server.kill("SIGINT");

  expect(await server.exited()).toBe(0);
  expect(await viewer.exited()).toBe(0);
  expect(server.events.at(-1)).toMatchObject({ event: "end", reason: "signal", code: 0 });
  expect(viewer.events.at(-1)).toMatchObject({ event: "end", reason: "peer", message: "the server was stopped" });
});

test("a viewer comes back by itself when the server does", async () => {
  const server = new Lanvid(["serve", "test", ...FREE]);
  const { port } = await server.event("ready");
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);
  await viewer.eventWhere(({ frames }) => Number(frames) > 10);
  server.kill("SIGKILL");
  await server.exited();
  await viewer.eventWhere(({ state }) => state === "reconnecting");

  await using restarted = new Lanvid(["serve", "test", "--port", String(port), "--http", "off"]);
  await restarted.event("ready");
  const stats = await viewer.eventWhere(({ reconnects, state }) => Number(reconnects) === 1 && state === "live");

  expect(stats["event"]).toBe("stats");
});

test("push sends to receive, and a second push is told busy", async () => {
  await using receiver = new Lanvid(["receive", "--port", "0", "--view", "none"]);
  const { port } = await receiver.event("ready");
  await using sender = new Lanvid(["push", `127.0.0.1:${port}`, "test", "--size", "640x360"]);
  await receiver.eventWhere(({ frames }) => Number(frames) > 30);

  const second = await runLanvid(["push", `127.0.0.1:${port}`, "test", "--no-retry"]);

  expect(second.code).toBe(7);
  expect(second.stderr).toContain("another sender is being shown");
  const before = Number(receiver.events.at(-1)?.["frames"]);
  await receiver.eventWhere(({ frames }) => Number(frames) > before + 20);
  sender.kill("SIGTERM");
  expect(await sender.exited()).toBe(0);
});

test("a relay passes the stream on, with the time at which the picture was taken", async () => {
  await using origin = new Lanvid(["serve", "test", "--size", "640x360", ...FREE]);
  const { port } = await origin.event("ready");
  await using relay = new Lanvid(["serve", `lanvid://127.0.0.1:${port}`, ...FREE]);
  const relayed = await relay.event("ready");

  await timed(async () => {
    await using viewer = new Lanvid(["watch", `127.0.0.1:${relayed["port"]}`, "--view", "none", "--frames", "60"]);
    const end = await viewer.event("end");

    expect(end).toMatchObject({ frames: 60, width: 640, height: 360 });
    return [medianDelay(end)];
  });
});

test("a relay whose origin's port another program has for a while goes on once lanvid is there", async () => {
  const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("no lanvid") });
  const { port } = other;
  await using relay = new Lanvid(["serve", `lanvid://127.0.0.1:${port}`, "--always-on", ...FREE]);
  const stateIs = (state: string) =>
    relay.eventWhere(({ source }) => (source as { readonly state?: string } | undefined)?.state === state);
  await stateIs("failed");

  await other.stop(true);
  await using origin = new Lanvid(["serve", "test", "--port", String(port), "--http", "off"]);

  await origin.event("ready");
  await stateIs("live");
  const said: readonly string[] = relay.stderr.match(/^.*; trying again.*$/gm) ?? [];
  expect(said.length).toBeGreaterThan(0);
  // While nobody is there it may try, and find that, too.
  expect(said).toEqual([...new Set(said)]);
});

test("a lanvid that relays itself is stopped after eight hops", async () => {
  await using server = new Lanvid(["serve", "lanvid://127.0.0.1:10199", "--port", "10199", "--http", "off"]);
  await server.event("ready");

  // It finds out by itself, at the start.
  const refusal = "passed through 9 relays, at most 8 are allowed";
  await waitFor("the server's own refusal", () => server.stderr.includes(refusal));
  await using viewer = new Lanvid(["watch", "127.0.0.1:10199", "--view", "none", "--no-retry"]);
  const code = await viewer.exited();

  expect(code).toBe(6);
  expect(viewer.stderr).toContain("the stream passed through too many relays");
});

test("two relays of each other tell a viewer why there is no picture, and rest when it has left", async () => {
  const ports = await freePorts(2);
  await using one = new Lanvid(["serve", `lanvid://127.0.0.1:${ports[1]}`, "--port", `${ports[0]}`, "--http", "off"]);
  await using other = new Lanvid(["serve", `lanvid://127.0.0.1:${ports[0]}`, "--port", `${ports[1]}`, "--http", "off"]);
  await Promise.all([one.event("ready"), other.event("ready")]);
  const viewer = new Lanvid(["watch", `127.0.0.1:${ports[0]}`, "--view", "none"]);
  const saysWhy = () => (one.stderr + other.stderr).includes("at most 8 are allowed");
  await waitFor("a relay to give up", saysWhy);
  await waitFor("the viewer to wait", () => viewer.events.at(-1)?.["state"] === "waiting");
  expect(viewer.child.exitCode).toBeNull();

  await viewer[Symbol.asyncDispose]();

  const isIdle = ({ events }: Lanvid) =>
    (events.at(-1)?.["source"] as { state?: string } | undefined)?.state === "idle";
  await waitFor("both to rest", () => isIdle(one) && isIdle(other));
});

/** Ports that nobody listens on. */
async function freePorts(count: number): Promise<(number | undefined)[]> {
  const servers = Array.from({ length: count }, () => Bun.serve({ port: 0, fetch: () => new Response("") }));
  const ports = servers.map(({ port }) => port);
  await Promise.all(servers.map((server) => server.stop(true)));
  return ports;
}

test("--snapshot writes one whole picture, and never over a file without --force", async () => {
  using folder = new Folder();
  const file = `${folder.path}/now.jpg`;
  await using server = new Lanvid(["serve", "test", ...FREE]);
  const { port } = await server.event("ready");

  const first = await runLanvid(["watch", `127.0.0.1:${port}`, "--snapshot", file]);
  const second = await runLanvid(["watch", `127.0.0.1:${port}`, "--snapshot", file]);
  const third = await runLanvid(["watch", `127.0.0.1:${port}`, "--snapshot", file, "--force"]);

  expect([first.code, second.code, third.code]).toEqual([0, 8, 0]);
  expect(second.stderr).toContain("it exists");
  expect(jpegSize(await Bun.file(file).bytes())).toEqual({ width: 1280, height: 720 });
});

test("--output - writes pictures that ffprobe reads", async () => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", ...FREE]);
  const { port } = await server.event("ready");

  const { code, stdout } = await runLanvid(["watch", `127.0.0.1:${port}`, "--output", "-", "--frames", "20"]);
  const probe = Bun.spawn(
    [
      "ffprobe",
      "-v",
      "error",
      "-f",
      "h264",
      "-count_frames",
      "-show_entries",
      "stream=width,nb_read_frames",
      "-of",
      "csv=p=0",
      "-",
    ],
    { stdin: stdout, stdout: "pipe", stderr: "inherit" },
  );

  expect(code).toBe(0);
  const [width, frames] = (await probe.stdout.text()).trim().split(",").map(Number);
  expect(width).toBe(640);
  // Who joins behind a key frame is given what is only decoded to begin with: up to half a second of it.
  expect(frames).toBeGreaterThanOrEqual(20);
  expect(frames).toBeLessThan(20 + 15);
});

test("nobody watching, nothing captured: ffmpeg runs from the first viewer until after the last", async () => {
  await using server = new Lanvid(["serve", "test", ...FREE]);
  const { port } = await server.event("ready");
  const idle = await server.event("stats");

  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "10"]);
  await viewer.event("end");
  const live = await server.eventWhere(({ source }) => (source as { state?: string } | undefined)?.state === "live");
  const again = await server.eventWhere(
    ({ source, time }) => (source as { state?: string } | undefined)?.state === "idle" && time > live.time,
  );

  expect((idle["source"] as { state: string }).state).toBe("idle");
  expect(again.time - live.time).toBeGreaterThan(3000);
});

test("watch opens its own page in the default browser, and the page shows the stream", async () => {
  using folder = new Folder();
  const opened = `${folder.path}/opened`;
  await Bun.write(
    folder.standIn("bin/xdg-open", ""),
    `#!/bin/sh\necho "$1" > ${opened}.part && mv ${opened}.part ${opened}\n`,
  );
  await using server = new Lanvid(["serve", "test", "--size", "640x360", ...FREE]);
  const { port } = await server.event("ready");
  // With a desktop, but no display that could be reached.
  const env = { DISPLAY: ":4095", PATH: `${folder.path}/bin:${process.env["PATH"]}` };

  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`], { env });
  const ready = await viewer.event("ready");
  await waitFor("the browser to be opened", () => existsSync(opened));
  const url = (await Bun.file(opened).text()).trim();
  const picture = await fetch(`${url}snapshot`);

  expect(url).toBe(`http://127.0.0.1:${ready["http"]}/`);
  expect(ready["urls"]).toEqual([url]);
  expect(viewer.stderr).toContain('there can be no window: the X display ":4095" can\'t be reached');
  expect(jpegSize(await picture.bytes())).toEqual({ width: 640, height: 360 });
});
