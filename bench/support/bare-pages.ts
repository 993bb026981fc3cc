/** The least that a page must do to show a stream, by each of the three ways; see bare-pipeline.ts. */

import type { Size } from "../../src/units.ts";
import type { PageMode } from "./page-modes.ts";

/** Where the film is held, behind the end of what can be played, and from where on it jumps there; in s. */
const LIVE_EDGE_SECONDS = 0.04;
const JUMP_SECONDS = 0.5;

const STYLE = `html,body{margin:0;height:100%;background:#000}
canvas,video{width:100%;height:100%;object-fit:contain}`;

const JPEG = `
const context = document.querySelector("canvas").getContext("2d", { alpha: false, desynchronized: true });
socket.binaryType = "blob";
socket.onmessage = async ({ data }) => {
  const bitmap = await createImageBitmap(data);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
};`;

/** A key frame of x264's begins with its SPS (7), after a start code of four bytes. */
const WEBCODECS = `
const context = document.querySelector("canvas").getContext("2d", { alpha: false, desynchronized: true });
let timestamp = 0;
const decoder = new VideoDecoder({
  output(frame) {
    context.drawImage(frame, 0, 0);
    frame.close();
  },
  error: console.error,
});
socket.onmessage = ({ data }) => {
  if (typeof data === "string") {
    decoder.configure({ codec: data, optimizeForLatency: true });
    return;
  }
  const type = (new Uint8Array(data, 4, 1)[0] & 31) === 7 ? "key" : "delta";
  timestamp += 1;
  decoder.decode(new EncodedVideoChunk({ type, timestamp, data }));
};`;

const MSE = `
const video = document.querySelector("video");
const source = new MediaSource();
const pieces = [];
let buffer, codec = "";
const begin = () => {
  if (buffer || codec === "" || source.readyState !== "open") {
    return;
  }
  buffer = source.addSourceBuffer('video/mp4; codecs="' + codec + '"');
  buffer.onupdateend = () => {
    hold();
    append();
  };
  append();
};
const append = () => {
  if (buffer && !buffer.updating && pieces.length > 0) {
    buffer.appendBuffer(pieces.shift());
  }
};
const hold = () => {
  if (video.buffered.length === 0) {
    return;
  }
  const distance = video.buffered.end(video.buffered.length - 1) - ${LIVE_EDGE_SECONDS} - video.currentTime;
  if (Math.abs(distance) > ${JUMP_SECONDS}) {
    video.currentTime += distance;
  }
  video.playbackRate = Math.min(1.5, Math.max(0.85, 1 + 4 * distance));
};
source.onsourceopen = begin;
socket.onmessage = ({ data }) => {
  if (typeof data === "string") {
    codec = data;
    begin();
    return;
  }
  pieces.push(data);
  append();
};
video.src = URL.createObjectURL(source);
video.muted = true;
video.play();`;

const SCRIPTS: Readonly<Record<PageMode, string>> = { webcodecs: WEBCODECS, mse: MSE, jpeg: JPEG };

/** The whole page. It is told the codec as text, then gets one message per picture (by MSE: per piece of the film). */
export function barePage(mode: PageMode, { width, height }: Size): string {
  const element =
    mode === "mse" ? "<video muted playsinline></video>" : `<canvas width="${width}" height="${height}"></canvas>`;
  return `<!doctype html><style>${STYLE}</style>
${element}
<script type="module">
const socket = new WebSocket("ws://" + location.host + "/ws");
socket.binaryType = "arraybuffer";${SCRIPTS[mode]}
</script>`;
}
