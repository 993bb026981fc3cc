// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { Recording } from "./support/capture.ts";
import { RtspCamera } from "./support/rtsp-camera.ts";
import { waitFor } from "./support/wait.ts";

// The preload's reaches the first file of a run only.
setDefaultTimeout(60_000);

for (const { name, options, asked } of [
  { name: "UDP is granted and never arrives", options: { tcp: "sends", udp: "silent" }, asked: ["tcp"] },
  { name: "UDP is refused", options: { tcp: "sends", udp: "refused" }, asked: ["tcp"] },
  { name: "TCP is refused", options: { tcp: "refused", udp: "sends" }, asked: ["tcp", "udp"] },
  { name: "the camera hangs up on TCP", options: { tcp: "hangs up", udp: "sends" }, asked: ["tcp", "udp"] },
  { name: "TCP is granted and nothing comes", options: { tcp: "silent", udp: "sends" }, asked: ["tcp", "udp"] },
] as const) {
  test(`a camera by RTSP is shown where ${name}`, async () => {
    await using camera = await RtspCamera.open(options);
    await using source = new Recording(camera.url, { codec: "h264" });

    await source.first(5);

    expect(camera.asked).toEqual([...asked]);
    const said = source.said.filter((line) => line.includes("it is read in another way now: RTSP by UDP"));
    expect(said).toHaveLength(options.tcp === "silent" || options.tcp === "hangs up" ? 1 : 0);
  });
}

test("the transport that a person names is the only one", async () => {
  await using camera = await RtspCamera.open({ tcp: "sends", udp: "refused" });
  await using source = new Recording(camera.url, { codec: "h264", extra: ["-rtsp_transport", "udp"] });

  await waitFor("two tries", () => camera.asked.length >= 2);

  expect(new Set(camera.asked)).toEqual(new Set(["udp"]));
  expect(source.frames).toEqual([]);
});
