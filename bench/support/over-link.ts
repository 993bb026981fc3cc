/** Viewers at the end of a slow link, what they are served, and what they see of it. */

import type { SeenPicture } from "../../test/support/film-strips.ts";
import type { Program } from "../../test/support/lanvid.ts";
import { LinkTap, watchCommand } from "../../test/support/link-tap.ts";
import { SlowLink } from "../../test/support/slow-link.ts";
import { BOUND } from "../runner/child.ts";
import { byLength } from "../runner/options.ts";
import type { FormedPicture } from "./adapting-viewer.ts";
import { type Codec, FPS, MAX_DELAY_MS, type PageMode, pageUrl } from "./page-modes.ts";
import { chromiumFor, openProbed } from "./page-round.ts";
import { type BenchServer, startServer } from "./server.ts";
import { watchPage } from "./strip-probe.ts";

const MEASURE_MS = byLength(8000, 3500);

export interface Source {
  readonly name: string;
  readonly codec: Codec;
  readonly args: readonly string[];
  readonly keyIntervalMs: number;
  /** Of its frames, where a viewer does not tell: one of each key interval, bytes. */
  readonly byteCounts: readonly number[];
}

export const JPEG: Source = {
  name: "JPEG",
  codec: "mjpeg",
  args: ["--codec", "mjpeg", "--quality", "88"],
  keyIntervalMs: 1000 / FPS,
  byteCounts: [109_000],
};
/** 7M is what this picture has to be allowed for the encoder to take 4 Mbit/s: little in it moves. */
export const H264: Source = {
  name: "H.264",
  codec: "h264",
  args: ["--codec", "h264", "--bitrate", "7M"],
  keyIntervalMs: 2 * MAX_DELAY_MS,
  byteCounts: [79_000, ...Array<number>(14).fill(11_500)],
};
const COMMON = [
  ...["--size", "1600x900", "--fps", String(FPS)],
  ...["--max-delay", String(MAX_DELAY_MS), "--classic", "jpeg"],
];

export interface Place {
  readonly link: SlowLink;
  readonly server: BenchServer;
  readonly program: Program;
  /** Of the stream, and of the page. */
  readonly address: string;
  readonly host: string;
}

/** A picture, and in which form of the stream it came; the original unless told. */
export type Shown = SeenPicture & Partial<Pick<FormedPicture, "form">>;

/** Makes a link and a server at one end of it, for as long as `use` takes. */
export async function within<T>(program: Program, mbps: number, { args }: Source, use: (place: Place) => Promise<T>) {
  await using link = await SlowLink.create(`${mbps}mbit`);
  await using server = await startServer([...COMMON, ...args], { within: link.server.within, program });
  const [address, host] = [server.port, server.http].map((port) => `${SlowLink.serverAddress}:${port}`);
  return await use({ link, server, program, address: address as string, host: host as string });
}

export async function tapped({ link }: Place, { codec }: Source, command: readonly string[]): Promise<SeenPicture[]> {
  await using tap = new LinkTap(command, [...BOUND, ...link.viewer.within]);
  await tap.first();
  await Bun.sleep(MEASURE_MS);
  return await tap.pictures(codec);
}

export function watched(place: Place, source: Source): Promise<SeenPicture[]> {
  return tapped(place, source, watchCommand(place.address, place.program));
}

export async function onPage({ link, host }: Place, mode: PageMode): Promise<Shown[]> {
  const url = pageUrl(host, mode);
  const browser = await chromiumFor(url, link.viewer.within);
  await using _closing = { [Symbol.asyncDispose]: () => browser.close() };
  const page = await openProbed(browser, url);
  await watchPage(page, 1);
  await Bun.sleep(MEASURE_MS);
  const { drawnMs, drawnAt, counters, forms } = await watchPage(page, 1);
  return drawnMs.map((ageMs, index) => ({
    form: forms[index] as string,
    ageMs,
    at: drawnAt[index] as number,
    counter: counters[index] as number,
    byteCount: 0,
  }));
}
