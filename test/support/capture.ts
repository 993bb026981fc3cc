// Parts: ffmpeg
/** Sources run in the test's own process, and what they give. */

import type { CaptureOptions } from "../../src/capture/capture-options.ts";
import { type CaptureSettings, openSource, parseSource, type SourceSpec } from "../../src/capture.ts";
import { findFfmpeg } from "../../src/ffmpeg.ts";
import { silentLog } from "../../src/log.ts";
import type { NewPacket, Source, StreamDescription } from "../../src/media.ts";
import { DEADLINE_MS, waitFor } from "./wait.ts";

/** A frame, and when it came: ms since this process began, as performance.now() says. */
export interface SeenFrame extends NewPacket {
  readonly arrivedAt: number;
}

/** A source that runs while this is in use, and keeps all that it gives. */
export class Recording implements AsyncDisposable {
  readonly frames: SeenFrame[] = [];
  readonly changes: Partial<StreamDescription>[] = [];
  /** What was said to the person, warnings with their hint. */
  readonly said: string[] = [];
  /** ffmpeg's command lines, and what it said. */
  readonly debug: string[] = [];
  readonly source: Source;

  /** @param ffmpeg a stand-in; without it, the one on PATH */
  constructor(
    source: string,
    settings: Partial<CaptureSettings>,
    ffmpeg?: string,
    options: Partial<CaptureOptions> = {},
  ) {
    this.source = sourceOf(source, settings, {
      ffmpeg: findFfmpeg(ffmpeg),
      log: {
        info: (message) => this.said.push(message),
        warn: (message, hint) => this.said.push(hint === undefined ? message : `${message} (${hint})`),
        debug: (message) => this.debug.push(message),
      },
      ...options,
    });
    this.source.start({
      frame: (frame) => this.frames.push({ ...frame, arrivedAt: performance.now() }),
      describe: (change) => this.changes.push(change),
      ended: ({ message }) => this.said.push(`ended: ${message}`),
    });
  }

  /** The frames, when there are this many. */
  async first(count: number, deadlineMs = DEADLINE_MS): Promise<readonly SeenFrame[]> {
    const what = () => `${count} frames, ${this.frames.length} came; it said: ${this.said} ${this.debug.slice(-3)}`;
    await waitFor(what, () => this.frames.length >= count, deadlineMs);
    return this.frames.slice(0, count);
  }

  /** What it was described as so far. */
  get description(): Partial<StreamDescription> {
    return Object.assign({}, ...this.changes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.stop();
  }
}

/** A source as a person would name it, H.264 unless told. */
export function sourceOf(
  source: string,
  settings: Partial<CaptureSettings>,
  options: Partial<CaptureOptions> = {},
): Source {
  return openSource(parseSource(source) as Exclude<SourceSpec, { kind: "relay" }>, {
    settings: {
      size: null,
      fps: null,
      codec: "h264",
      quality: 90,
      bitrate: null,
      encoder: null,
      rotate: 0,
      mirror: false,
      extra: [],
      ...settings,
    },
    ffmpeg: findFfmpeg(undefined),
    maxDelayMs: 250,
    log: silentLog,
    ...options,
  });
}
