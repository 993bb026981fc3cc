/**
 * npm run contact-sheet -- FOLDER: streams the same picture from films that store it in different ways, takes it from every
 * form, and puts them side by side into FOLDER/contact-sheet.png; prints how far each is from what was drawn. Some 3 minutes.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCanvas, ImageData } from "@napi-rs/canvas";
import type { Browser } from "playwright-core";
import { card, ffmpeg, type Measures, meanOf, measure } from "../test/support/card.ts";
import { becomesTrue, launchChromium } from "../test/support/chromium.ts";
import { Lanvid } from "../test/support/lanvid.ts";
import { decodePicture, type Picture, type Rectangle } from "../test/support/picture.ts";
import { runPython } from "../test/support/python.ts";
import { Terminal } from "../test/support/terminal.ts";
import { waitFor } from "../test/support/wait.ts";
import { Screen } from "../test/support/window-screen.ts";

const SIZE = { width: 640, height: 360 };
const THUMBNAIL = { width: 200, height: 113 };
/** Characters, half as high as the picture's rows. */
const TERMINAL = { columns: 161, lines: 48 };
const RECORDED_MS = 2500;
const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "4", "-g", "25", "-pix_fmt", "yuv420p"];
const folder = process.argv[2];
if (folder === undefined) {
  console.error("usage: npm run contact-sheet -- FOLDER");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const work = mkdtempSync(join(tmpdir(), "lanvid-sheet-"));
const path = (name: string) => join(work, name);
const colours = (matrix: string, primaries = "bt709", transfer = "bt709") => [
  ...["-colorspace", matrix, "-color_primaries", primaries, "-color_trc", transfer],
];
const yuv = (matrix: string, more = "") => `scale=out_color_matrix=${matrix}:out_range=tv${more},format=yuv420p`;

interface Film {
  readonly name: string;
  readonly path: string;
  /** Where the picture is in what is shown, as parts of its width. */
  readonly content?: (shown: Picture) => Rectangle | undefined;
}

/** The card's bar moves: 50 pictures, once a second. */
async function drawCards(size: { readonly width: number; readonly height: number }): Promise<readonly string[]> {
  for (let index = 0; index < 50; index++) {
    writeFileSync(path(`card-${String(index).padStart(2, "0")}.png`), card(size, index / 50));
  }
  return ["-framerate", "25", "-i", path("card-%02d.png")];
}

async function makeFilms(): Promise<readonly Film[]> {
  const cards = await drawCards(SIZE);
  const make = async (name: string, file: string, ...args: readonly string[]): Promise<Film> => {
    await ffmpeg(...cards, ...args, path(file));
    return { name, path: path(file) };
  };
  const pq = "zscale=tin=bt709:pin=bt709:t=smpte2084:p=2020:m=2020_ncl:r=tv:npl=203,format=yuv420p10le";
  const hevc = "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc";
  const films = [
    await make("BT.709", "709.mp4", "-vf", yuv("bt709"), ...X264, ...colours("bt709")),
    await make(
      "720x576, SAR 64:45",
      "pal.mp4",
      "-vf",
      yuv("bt470bg", ":w=720:h=576"),
      ...X264,
      "-aspect",
      "16:9",
      ...colours("bt470bg", "bt470bg", "smpte170m"),
    ),
    await make(
      "interlaced",
      "i.ts",
      "-vf",
      `fps=50,tinterlace=interleave_top,fieldorder=tff,${yuv("smpte170m", ":interl=1")}`,
      "-c:v",
      "mpeg2video",
      "-q:v",
      "2",
      "-flags",
      "+ilme+ildct",
    ),
    await make(
      "HDR (PQ)",
      "hdr.mp4",
      "-vf",
      pq,
      "-c:v",
      "libx265",
      "-preset",
      "ultrafast",
      "-crf",
      "8",
      "-x265-params",
      hevc,
      ...colours("bt2020nc", "bt2020", "smpte2084"),
    ),
    await make("turned", "lying.mp4", "-vf", `transpose=cclock,${yuv("bt709")}`, ...X264, ...colours("bt709")),
  ];
  await ffmpeg("-i", path("lying.mp4"), "-c", "copy", "-metadata:s:v", "rotate=270", path("turned.mp4"));
  const ts = ["-bf", "0", ...colours("bt709"), "-f", "mpegts"];
  await ffmpeg(...cards, "-vf", yuv("bt709"), "-frames:v", "10", ...X264, ...ts, path("a.ts"));
  const upright = await drawCards({ width: 360, height: 640 });
  await ffmpeg(
    "-stream_loop",
    "9",
    ...upright,
    "-vf",
    yuv("bt709"),
    ...X264,
    ...ts,
    "-output_ts_offset",
    "0.4",
    path("b.ts"),
  );
  writeFileSync(path("size.ts"), Buffer.concat([readFileSync(path("a.ts")), readFileSync(path("b.ts"))]));
  /** The second size lies within the first; its beginning has no borders. */
  const boxed = (shown: Picture): Rectangle | undefined => {
    const inner = (shown.height * 360) / 640;
    const border = meanOf(shown, { x: shown.width * 0.02, y: shown.height * 0.1, width: 4, height: 4 });
    return Math.max(...border) > 20
      ? undefined
      : { x: (shown.width - inner) / 2, y: 0, width: inner, height: shown.height };
  };
  return [
    ...films.slice(0, -1),
    { name: "turned", path: path("turned.mp4") },
    { name: "another size", path: path("size.ts"), content: boxed },
  ];
}

/** Takes one picture of a stream in one form. */
type Form = (server: { readonly port: number; readonly http: number }) => Promise<Picture>;

/** The page's words would lie over the picture. */
const PICTURE_ONLY = `for (const one of document.body.querySelectorAll("*")) {
  if (!one.matches("canvas, video") && one.querySelector("canvas, video") === null) one.style.visibility = "hidden";
}`;

async function fromPage(browser: Browser, http: number, mode: string): Promise<Picture> {
  const page = await browser.newPage({ viewport: SIZE });
  try {
    await page.goto(`http://127.0.0.1:${http}/?mode=${mode}`);
    await becomesTrue(page, "Number(document.documentElement.dataset.frames) > 20");
    await page.evaluate(PICTURE_ONLY);
    return await decodePicture(await page.screenshot());
  } finally {
    await page.close();
  }
}

async function fromWindow(screen: Screen, port: number): Promise<Picture> {
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "window"], { env: screen.environment });
  const window = await screen.window(viewer);
  await viewer.eventWhere((event) => event["state"] === "live");
  await Bun.sleep(1500);
  const area = (await screen.area(window)) ?? { x: 0, y: 0, ...SIZE };
  return cut(await screen.picture(), area);
}

function cut({ width, rgba }: Picture, area: Rectangle): Picture {
  const part = new Uint8ClampedArray(area.width * area.height * 4);
  for (let row = 0; row < area.height; row++) {
    const from = 4 * ((area.y + row) * width + area.x);
    part.set(rgba.subarray(from, from + 4 * area.width), 4 * row * area.width);
  }
  return { width: area.width, height: area.height, rgba: part };
}

async function fromTerminal(port: number): Promise<Picture> {
  const { columns, lines } = TERMINAL;
  const watch = `exec '${process.execPath}' '${join(import.meta.dir, "../src/main.ts")}' watch 127.0.0.1:${port} --view terminal`;
  await using terminal = new Terminal(`stty cols ${columns} rows ${lines}; ${watch}`);
  // It asks for the cursor after each picture, and goes on with the answer.
  const answers = setInterval(() => void terminal.press("\x1b[1;1R"), 50);
  try {
    await waitFor("pictures in the terminal", () => terminal.screen.split("\x1b[6n").length > 12);
  } finally {
    clearInterval(answers);
  }
  return drawnBy(terminal.screen);
}

/** After "ESC [": to a cell, a step to the right, a colour; or a character. */
const DRAWING = /^(?:(\d+;\d+)H|(C)|([34]8);2;(\d+;\d+;\d+)m)|^(▀)/;

/** What half characters draw, without the black around it. */
function drawnBy(text: string): Picture {
  const { columns, lines } = TERMINAL;
  const rgba = new Uint8ClampedArray(columns * lines * 2 * 4);
  let [line, column] = [0, 0];
  let [upper, lower] = [
    [0, 0, 0],
    [0, 0, 0],
  ] as number[][];
  const box = { left: columns, top: lines, right: 0, bottom: 0 };
  for (const part of text.split("\x1b[").flatMap((each) => each.split(/(?=▀)/))) {
    const [, at, step, which, colour, block] = DRAWING.exec(part) ?? [];
    if (at !== undefined) {
      [line, column] = at.split(";").map((value) => Number(value) - 1) as [number, number];
    } else if (step !== undefined) {
      column += 1;
    } else if (colour !== undefined) {
      const value = colour.split(";").map(Number);
      [upper, lower] = which === "38" ? [value, lower] : [upper, value];
    } else if (block !== undefined) {
      rgba.set([...(upper as number[]), 255], 4 * (2 * line * columns + column));
      rgba.set([...(lower as number[]), 255], 4 * ((2 * line + 1) * columns + column));
      box.left = Math.min(box.left, column);
      box.right = Math.max(box.right, column + 1);
      box.top = Math.min(box.top, line);
      box.bottom = Math.max(box.bottom, line + 1);
      column += 1;
    }
  }
  const area = { x: box.left, y: 2 * box.top, width: box.right - box.left, height: 2 * (box.bottom - box.top) };
  return cut({ width: columns, height: lines * 2, rgba }, area);
}

/** As the classic receivers do it: the pickle of a NumPy array after its length; with JPEG, of what cv2.imencode gave. */
async function fromPython(port: number): Promise<Picture> {
  const png = await runPython(`
import socket, struct, pickle, sys, numpy, cv2
peer = socket.create_connection(("127.0.0.1", ${port}), 20)
def exactly(count):
    data = b""
    while len(data) < count:
        part = peer.recv(min(count - len(data), 65536))
        if not part: raise EOFError("the sender has gone")
        data += part
    return data
for _ in range(15):
    frame = pickle.loads(exactly(struct.unpack("Q", exactly(8))[0]))
if frame.ndim < 3: frame = cv2.imdecode(frame, cv2.IMREAD_COLOR)
sys.stdout.buffer.write(cv2.imencode(".png", frame)[1].tobytes())
`);
  return await decodePicture(png);
}

/** A recording as a player shows it: with the pixels' shape and the colours that it names. */
async function fromRecording(port: number, name: string): Promise<Picture> {
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--output", path(name), "--force"]);
  await viewer.eventWhere((event) => event["state"] === "live");
  await Bun.sleep(RECORDED_MS);
  viewer.kill("SIGINT");
  await viewer.exited();
  await ffmpeg(
    "-ss",
    "1.5",
    "-i",
    path(name),
    "-frames:v",
    "1",
    "-vf",
    "scale=w=iw*sar:h=ih,setsar=1",
    path("recorded.bmp"),
  );
  return await decodePicture(readFileSync(path("recorded.bmp")));
}

async function snapshotOf(http: number): Promise<Picture> {
  const response = await fetch(`http://127.0.0.1:${http}/snapshot`);
  return await decodePicture(await response.bytes());
}

interface Cell {
  readonly form: string;
  /** Or why there is none. */
  readonly picture: Picture | string;
  readonly measures?: Measures;
}
const rows: { readonly film: string; readonly cells: readonly Cell[] }[] = [];
const browser = await launchChromium();
const screen = await Screen.open({ isManaged: true });
try {
  for (const film of await makeFilms()) {
    const cells: Cell[] = [];
    const serve = (...more: readonly string[]) =>
      new Lanvid(["serve", film.path, "--port", "0", "--http", "0", ...more]);
    const take = async (form: string, ports: { readonly port: unknown; readonly http: unknown }, how: Form) => {
      try {
        const picture = await how({ port: Number(ports.port), http: Number(ports.http) });
        const measures = measure(picture, film.content?.(picture));
        cells.push({ form, picture, measures });
      } catch (error) {
        cells.push({ form, picture: String(error).slice(0, 200) });
      }
    };
    {
      await using server = serve();
      const ready = await server.event("ready");
      const ports = { port: ready["port"], http: ready["http"] };
      await take("/snapshot", ports, ({ http }) => snapshotOf(http));
      await take("WebCodecs", ports, ({ http }) => fromPage(browser, http, "webcodecs"));
      await take("Media Source", ports, ({ http }) => fromPage(browser, http, "mse"));
      await take("JPEG in the page", ports, ({ http }) => fromPage(browser, http, "jpeg"));
      await take("window", ports, ({ port }) => fromWindow(screen, port));
      await take("terminal", ports, ({ port }) => fromTerminal(port));
      await take("classic pixels", ports, ({ port }) => fromPython(port));
      await take(".mp4", ports, ({ port }) => fromRecording(port, "film.mp4"));
      await take(".mkv", ports, ({ port }) => fromRecording(port, "film.mkv"));
    }
    {
      await using server = serve("--codec", "mjpeg", "--classic", "jpeg");
      const ready = await server.event("ready");
      const ports = { port: ready["port"], http: ready["http"] };
      await take("--codec mjpeg", ports, ({ http }) => snapshotOf(http));
      await take("classic JPEG", ports, ({ port }) => fromPython(port));
    }
    rows.push({ film: film.name, cells });
    report(film.name, cells);
  }
} finally {
  await browser.close();
  await screen[Symbol.asyncDispose]();
  rmSync(work, { recursive: true });
}
writeFileSync(join(folder, "contact-sheet.png"), sheet());
console.log(`\n${join(folder, "contact-sheet.png")}`);

function report(film: string, cells: readonly Cell[]): void {
  console.log(`\n${film}\n${"form".padEnd(18)}size       worst  mean  circle  offset  by bar`);
  for (const { form, picture, measures } of cells) {
    if (typeof picture === "string" || measures === undefined) {
      console.log(`${form.padEnd(18)}${picture}`);
      continue;
    }
    const { worst, mean, circle, offset, bars } = measures;
    const figures = [worst.toFixed(0).padStart(5), mean.toFixed(1).padStart(5), circle.toFixed(3).padStart(7)];
    const each = Object.entries(bars).map(([name, difference]) => `${name} ${difference.toFixed(0)}`);
    const size = `${picture.width}x${picture.height}`.padEnd(10);
    console.log(`${form.padEnd(18)}${size} ${figures.join(" ")} ${offset.toFixed(1).padStart(7)}  ${each.join(", ")}`);
  }
}

function sheet(): Buffer {
  const [left, top, gap] = [130, 24, 6];
  const forms = rows[0]?.cells.map(({ form }) => form) ?? [];
  const canvas = createCanvas(
    left + forms.length * (THUMBNAIL.width + gap),
    top + rows.length * (THUMBNAIL.height + gap),
  );
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000";
  context.font = "13px sans-serif";
  for (const [index, form] of forms.entries()) {
    context.fillText(form, left + index * (THUMBNAIL.width + gap), 16);
  }
  for (const [row, { film, cells }] of rows.entries()) {
    const y = top + row * (THUMBNAIL.height + gap);
    context.fillText(film, 4, y + THUMBNAIL.height / 2);
    for (const [column, { picture }] of cells.entries()) {
      if (typeof picture !== "string") {
        const own = createCanvas(picture.width, picture.height);
        own.getContext("2d").putImageData(new ImageData(picture.rgba, picture.width, picture.height), 0, 0);
        const scale = Math.min(THUMBNAIL.width / picture.width, THUMBNAIL.height / picture.height);
        context.drawImage(
          own,
          left + column * (THUMBNAIL.width + gap),
          y,
          picture.width * scale,
          picture.height * scale,
        );
      }
    }
  }
  return canvas.toBuffer("image/png");
}
