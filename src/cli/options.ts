import { hostname } from "node:os";
import { type Command, Option } from "commander";
import { type CodecChoice, DEFAULT_CODEC } from "../capture.ts";
import type { WrittenLength } from "../classic-pickle.ts";
import type { Size } from "../units.ts";
import {
  bitRate,
  encoderName,
  hostName,
  nonEmpty,
  number,
  origin,
  portOrOff,
  several,
  size,
  wholeNumber,
  writtenLength,
} from "./parse.ts";

/** The options as data, in the groups that --help shows. What a command takes is a list of groups. */

export interface GeneralValues {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly log?: "quiet" | "normal" | "verbose";
}

export interface FfmpegValues {
  readonly ffmpeg?: string;
}

export interface SendingValues {
  readonly size?: Size;
  readonly fps?: number;
  readonly codec: CodecChoice;
  readonly quality: number;
  readonly bitrate?: number;
  readonly encoder?: string;
  readonly maxDelay: number;
  readonly alwaysOn?: boolean;
  readonly rotate: "0" | "90" | "180" | "270";
  readonly mirror?: boolean;
  readonly name: string;
  readonly classic: "raw" | "jpeg" | "off";
  readonly classicMax: number;
  readonly classicRate: number;
  readonly classicPickle: "2" | "3" | "4" | "5" | "none";
  readonly classicLength: WrittenLength;
}

export interface ReceivingValues {
  readonly view?: "auto" | "window" | "browser" | "terminal" | "none";
  readonly frames?: number;
  readonly snapshot?: string;
  readonly output?: string;
  readonly force?: boolean;
  readonly maxDelay?: number;
  readonly name: string;
}

export interface AcceptingValues {
  readonly port: number;
  readonly bind?: string;
  readonly public?: boolean;
}

export interface LimitValues {
  readonly maxConnections: number;
  readonly maxPerAddress: number;
  readonly maxHandshakes: number;
}

export interface DiallingValues {
  readonly retry: boolean;
}

export interface PageValues {
  readonly http?: number | "off";
}

export interface PreviewValues {
  readonly preview?: boolean;
}

export interface DoctorValues {
  readonly port: number;
  readonly clearCache?: boolean;
}

export interface HostValues {
  readonly allowHost: readonly string[];
  readonly allowEmbed: readonly string[];
}

const VIDEO = "Video:";
const NETWORK = "Network:";
const SECURITY = "Security:";
const CLASSIC = "Classic Python programs:";
const OUTPUT = "Output:";
/** The longest delay that can be asked for, ms. */
const MAX_DELAY_MS = 60_000;

const sending = [
  new Option("--size <WxH>", "in pixels (camera and test: 1280x720; others: the source's own)").argParser(size),
  new Option("--fps <count>", "frames per second (camera, screen and test: 30; others: the source's own)").argParser(
    number(0.1, 240),
  ),
  new Option("--codec <codec>", "auto passes on a camera's own JPEG or H.264, and encodes the rest as H.264")
    .choices(["auto", "h264", "mjpeg"])
    .default(DEFAULT_CODEC),
  new Option("--quality <1-100>", "how good the pictures look; more takes more bits")
    .argParser(wholeNumber(1, 100))
    .default(90),
  new Option(
    "--bitrate <bits/s>",
    "bit rate of H.264, such as 600k or 4M (default: whatever the quality takes)",
  ).argParser(bitRate),
  new Option(
    "--encoder <name>",
    "ffmpeg's H.264 encoder to try first, such as h264_nvenc (default: libx264)",
  ).argParser(encoderName),
  new Option("--rotate <degrees>", "turn the picture clockwise").choices(["0", "90", "180", "270"]).default("0"),
  new Option("--mirror", "swap left and right"),
  new Option("--max-delay <ms>", "show nothing older than this, plus its time on the link")
    .argParser(wholeNumber(20, MAX_DELAY_MS))
    .default(250)
    .env("LANVID_MAX_DELAY"),
  new Option("--always-on", "capture even while nobody watches"),
];

/** For the Python programs with socket, OpenCV and pickle (docs/classic.md). */
const classic = [
  new Option("--classic <what>", "what a silent client gets (it is taken for a Python receiver), as a pickled array")
    .choices(["raw", "jpeg", "off"])
    .default("raw"),
  new Option("--classic-max <count>", "limit on classic receivers at a time")
    .argParser(wholeNumber(0, 1000))
    .default(8),
  new Option("--classic-rate <Mbit/s>", "limit for all of them together; 0 for none")
    .argParser(number(0, 1_000_000))
    .default(300),
  new Option(
    "--classic-pickle <protocol>",
    "protocol of Python's pickle; none sends the pixels or the JPEG as they are",
  )
    .choices(["2", "3", "4", "5", "none"])
    .default("4"),
  new Option(
    "--classic-length <format>",
    'how a picture\'s length is written: u64le ("Q" in Python), u64be ("!Q"), u32le ("<L"), u32be (">L"), text16 (characters; 8 to 64)',
  )
    .argParser(writtenLength)
    .default("u64le"),
];

const receiving = [
  new Option(
    "--max-delay <ms>",
    "show nothing older than this, plus its time on the link; at most what the sender allows",
  )
    .argParser(wholeNumber(20, MAX_DELAY_MS))
    .env("LANVID_MAX_DELAY"),
];

const receivingOutput = [
  new Option(
    "--view <where>",
    "auto, the default, is a window, or else a browser; terminal works over ssh; with --snapshot or --output it is none",
  ).choices(["auto", "window", "browser", "terminal", "none"]),
  new Option("--frames <count>", "end after this many frames").argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  new Option("--snapshot <file>", "write the first frame, then end: .jpg or .png").argParser(nonEmpty),
  new Option(
    "-o, --output <file|->",
    "record: .mp4, .mkv or .h264 (H.264), .mjpeg (JPEG); - is stdout, as it comes",
  ).argParser(nonEmpty),
  new Option("--force", "overwrite files"),
];

const name = new Option("--name <text>", "the name that the other side sees")
  .argParser(nonEmpty)
  .default(hostname(), "the machine's name")
  .env("LANVID_NAME");

const accepting = [
  new Option("--port <port>", "TCP port of the stream; 0 for any free one")
    .argParser(wholeNumber(0, 65_535))
    .default(10_050)
    .env("LANVID_PORT"),
  new Option("--bind <address>", "listen on this address only (default: all)").argParser(nonEmpty).env("LANVID_BIND"),
];

const publicOption = new Option("--public", "let in viewers and senders from outside the local network");

const noRetry = (when: string) => new Option("--no-retry", `end when ${when} (default: try again for ever)`);

const servePage = new Option("--http <port|off>", "port of the page (default: 8080, or the next free one)")
  .argParser(portOrOff)
  .env("LANVID_HTTP");

const localPage = new Option("--http <port|off>", "port of the local page, with --view browser (default: any)")
  .argParser(portOrOff)
  .env("LANVID_HTTP");

/** How many may be connected (SECURITY.md says why so many). */
const limits = [
  new Option("--max-connections <count>", "limit on connections in total, to both ports")
    .argParser(wholeNumber(1, 1_000_000))
    .default(10_000),
  new Option("--max-per-address <count>", "limit on those from one address; this machine's own are not counted")
    .argParser(wholeNumber(1, 1_000_000))
    .default(256),
  new Option("--max-handshakes <count>", "limit on those that have not yet said what they are")
    .argParser(wholeNumber(1, 1_000_000))
    .default(2048),
];

const allowHost = new Option(
  "--allow-host <name>",
  "a name that browsers may use for this machine, or for a proxy in front of it; repeatable",
)
  .argParser(several(hostName))
  .default([], "none");

const allowEmbed = new Option(
  "--allow-embed <origin>",
  "a site whose pages may show the stream, such as https://dash.example:8123; repeatable",
)
  .argParser(several(origin))
  .default([], "none");

const ffmpeg = new Option("--ffmpeg <path>", "the ffmpeg to use (default: the one on PATH, or the built-in one)")
  .argParser(nonEmpty)
  .env("LANVID_FFMPEG");

const general = [
  new Option("--json", "print JSON lines on stdout"),
  new Option("--quiet", "print errors only"),
  new Option("--verbose", "also print ffmpeg's command line and messages, and connections"),
  new Option("--log <level>").choices(["quiet", "normal", "verbose"]).env("LANVID_LOG").hideHelp(),
];

function add(command: Command, group: string, options: readonly Option[]): void {
  for (const option of options) {
    option.helpGroup(group);
    command.addOption(option);
  }
}

/** Options of `serve`. */
export function addServeOptions(command: Command): void {
  add(command, VIDEO, [...sending, ffmpeg]);
  add(command, NETWORK, [...accepting, servePage, name]);
  add(command, SECURITY, [publicOption, allowHost, allowEmbed, ...limits]);
  add(command, CLASSIC, classic);
  add(command, OUTPUT, [new Option("--preview", "show the picture here too, in a window"), ...general]);
}

/** Options of `push`. */
export function addPushOptions(command: Command): void {
  add(command, VIDEO, [...sending, ffmpeg]);
  add(command, NETWORK, [noRetry("there is no connection"), name]);
  add(command, CLASSIC, classic);
  add(command, OUTPUT, general);
}

/** Options of `watch`. */
export function addWatchOptions(command: Command): void {
  add(command, VIDEO, [...receiving, ffmpeg]);
  add(command, NETWORK, [noRetry("there is no connection, or no picture"), localPage, name]);
  add(command, OUTPUT, [...receivingOutput, ...general]);
}

/** Options of `receive`. */
export function addReceiveOptions(command: Command): void {
  add(command, VIDEO, [...receiving, ffmpeg]);
  add(command, NETWORK, [...accepting, localPage, name]);
  add(command, SECURITY, [publicOption, ...limits]);
  add(command, OUTPUT, [...receivingOutput, ...general]);
}

/** Options of `doctor`. */
export function addDoctorOptions(command: Command): void {
  add(command, VIDEO, [ffmpeg]);
  const ports = [
    new Option("--port <port>", "the stream's TCP port to check")
      .argParser(wholeNumber(0, 65_535))
      .default(10_050)
      .env("LANVID_PORT"),
    new Option("--http <port|off>", "the page's port to check, off for none (default: 8080, or the next free one)")
      .argParser(portOrOff)
      .env("LANVID_HTTP"),
  ];
  add(command, NETWORK, ports);
  add(command, OUTPUT, [new Option("--clear-cache", "only delete what this program has unpacked"), ...general]);
}

/** Options of `devices`. */
export function addDevicesOptions(command: Command): void {
  add(command, VIDEO, [ffmpeg]);
  add(command, OUTPUT, general);
}
