// Parts: ffmpeg
/** The test pattern as it is captured, turned, and made into other forms. */

import { createCanvas } from "@napi-rs/canvas";
import { openSource } from "../../src/capture.ts";
import { findFfmpeg } from "../../src/ffmpeg.ts";
import { silentLog } from "../../src/log.ts";
import type { Packet } from "../../src/media.ts";
import type { Size } from "../../src/units.ts";
import { FormedStream } from "../support/formed-stream.ts";
import { decodePicture, type Picture, readStrip, type Strip } from "../support/picture.ts";
import { waitFor } from "../support/wait.ts";

export interface Turn {
  readonly rotate: 0 | 90 | 180 | 270;
  readonly mirror: boolean;
}

export const TURNS: readonly Turn[] = [0, 90, 180, 270].flatMap((rotate) =>
  [false, true].map((mirror) => ({ rotate, mirror }) as Turn),
);

/** What is wrong with the JPEG of the test pattern in this size, turned so; null when it is right. */
export async function turnedFault(size: Size, codec: "mjpeg" | "h264", turn: Turn): Promise<string | null> {
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
  const settings = { size, fps: 5, codec, quality: 90, bitrate: null, encoder: null, extra: [], ...turn };
  const ffmpeg = findFfmpeg(undefined);
  const source = openSource({ kind: "test" }, { settings, maxDelayMs: 250, ffmpeg, log });
  await using stream = new FormedStream(source, { onWarning: log.warn });
  const taker = stream.take(stream.forms.jpeg);
  const isThere = () => taker.frames.length > 0;
  await waitFor("a picture", isThere, 20_000).catch(() => undefined);
  const [frame] = taker.frames;
  return frame === undefined ? `no picture came; ${warnings.join("; ")}` : await faultOf(frame, size, codec, turn);
}

async function faultOf({ bytes }: Packet, size: Size, codec: "mjpeg" | "h264", turn: Turn): Promise<string | null> {
  const picture = await decodePicture(bytes);
  const isOnItsSide = turn.rotate === 90 || turn.rotate === 270;
  const [width, height] = isOnItsSide ? [size.height, size.width] : [size.width, size.height];
  // H.264 leaves out the last line of an odd side.
  const left = (side: number) => (codec === "h264" ? side - (side % 2) : side);
  if (picture.width !== left(width) || picture.height !== left(height)) {
    return `${picture.width}x${picture.height} instead of ${left(width)}x${left(height)}`;
  }
  return turnedStrip(picture, { width, height }, turn) === null ? "its strip can't be read" : null;
}

/**
 * The strip of a picture that was turned, and then mirrored; null when none can be read.
 * @param whole the turned picture's size, before a line of it was left out on the right or at the bottom
 * @param scale by how much it was made smaller
 */
export function turnedStrip(picture: Picture, whole: Size, turn: Turn, scale = 1): Strip | null {
  const back = turnedBack(picture, whole, turn);
  return readStrip(back, back.width / scale);
}

function turnedBack(picture: Picture, whole: Size, { rotate, mirror }: Turn): Picture {
  const isOnItsSide = rotate === 90 || rotate === 270;
  const [width, height] = isOnItsSide ? [whole.height, whole.width] : [whole.width, whole.height];
  const turned = createCanvas(picture.width, picture.height);
  const image = turned.getContext("2d").createImageData(picture.width, picture.height);
  image.data.set(picture.rgba);
  turned.getContext("2d").putImageData(image, 0, 0);
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  context.translate(width / 2, height / 2);
  context.rotate((-rotate * Math.PI) / 180);
  context.scale(mirror ? -1 : 1, 1);
  context.drawImage(turned, -whole.width / 2, -whole.height / 2);
  return { width, height, rgba: context.getImageData(0, 0, width, height).data };
}
