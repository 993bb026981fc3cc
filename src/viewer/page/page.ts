/**
 * The viewer's page. For tests and benchmarks its figures are attributes of `<html>`, refreshed four times a second:
 * `data-state` (see status.ts, at once), `data-frames`, `data-dropped`, `data-corrupt`, `data-waiting` (totals; the last
 * counts a film's halts), `data-fps` and `data-delay-ms` (median from capture to shown) of the last second,
 * `data-clock-error-ms`; empty when unknown. `data-mode` is how H.264 is shown (mode.ts), `data-codec` and `data-form`
 * what is received; `data-way` is how it is connected (link.ts).
 */

import { codecName } from "../../media.ts";
import type { ReceiverSession } from "../../session.ts";
import { round } from "../../units.ts";
import type { StreamInfo } from "../../wire.ts";
import { startBar } from "./bar.ts";
import { startControls } from "./controls.ts";
import { page } from "./elements.ts";
import { Figures } from "./figures.ts";
import { formText, modeText, showInfo } from "./info.ts";
import { Link, REOPENED, type Way } from "./link.ts";
import { type Choice, chooseMode, modeAfter } from "./mode.ts";
import { showNotice } from "./notice.ts";
import { Player } from "./player.ts";
import type { Picture } from "./renderer.ts";
import { showStatus, statusOfEnd, statusOfStream } from "./status.ts";

const REFRESH_MS = 250;

const query = new URLSearchParams(location.search);
const figures = new Figures();
let choice: Choice = { mode: "jpeg", notice: null };
let stream: StreamInfo | null = null;
let session: ReceiverSession | null = null;
let lastJpeg: Blob | null = null;

const nameOf = () => stream?.name || "lanvid";

const player = new Player(choice.mode, {
  onShown: (picture, shownAt, jpeg) => {
    lastJpeg = jpeg;
    countShown(picture, picture.capturedAt === null ? null : shownAt - picture.capturedAt);
    if (page.root.dataset["state"] !== "live" && stream?.state === "live") {
      page.root.dataset["hasPicture"] = "";
      page.snapshotButton.disabled = false;
      showStatus({ state: "live", title: "Live", text: "" }, nameOf());
    }
  },
  onShownUnseen: (picture) => countShown(picture, null),
  onDropped: (count) => {
    figures.dropped += count;
  },
  onCorrupt: () => {
    figures.corrupt += 1;
  },
  onWaiting: () => {
    figures.waiting += 1;
  },
  onUnusable: (reason) => void fallBack(reason),
});

const link = new Link({
  name: "",
  codecs: () => (choice.mode === "jpeg" ? ["mjpeg"] : ["h264", "mjpeg"]),
  showingMs: () => player.showingMs,
  onOpen: (opened, way) => {
    session = opened;
    showWay(way);
    player.restart();
  },
  onStream: (described) => {
    stream = described;
    player.describe(described);
    const { state } = page.root.dataset;
    // A server that is about to go still lets in, and ends it again.
    const isStillOver = state === "ended" && described.state === "failed";
    if ((described.state !== "live" || state !== "live") && !isStillOver) {
      showStatus(statusOfStream(described), nameOf());
    }
  },
  onFrame: (frame, settle) => player.show(frame, settle),
  onDropped: (count) => {
    figures.dropped += count;
  },
  onEnd: (end) => {
    session = null;
    // That it has ended says more than that nobody is there any more.
    if (end.code !== REOPENED && (page.root.dataset["state"] !== "ended" || end.by !== "network")) {
      showStatus(statusOfEnd(end), nameOf());
    }
  },
});

function countShown({ bytes }: Picture, delayMicros: number | null): void {
  figures.addShown(bytes.length, delayMicros);
}

/** Says once what a person may wonder about, and do something about. */
function showWay(way: Way): void {
  if (way === "requests" && page.root.dataset["way"] !== way) {
    showNotice(
      "What is between this browser and lanvid, such as a proxy, passes no WebSocket: pictures come one by one, by requests. " +
        "nginx passes it with: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;",
    );
  }
  page.root.dataset["way"] = way;
}

function use(chosen: Choice): void {
  choice = chosen;
  player.use(choice.mode);
  page.root.dataset["mode"] = choice.mode;
  if (choice.notice !== null) {
    showNotice(choice.notice);
  }
}

/** The mode in use does not work for this stream. */
async function fallBack(reason: string): Promise<void> {
  use(await modeAfter(choice.mode, reason));
  link.reopen();
}

/** What is shown, as a JPEG: the one that was received, or else made there. */
async function takeJpeg(): Promise<Blob | null> {
  if (lastJpeg !== null || page.snapshotButton.disabled) {
    return lastJpeg;
  }
  try {
    const response = await fetch("snapshot");
    if (response.ok) {
      return await response.blob();
    }
  } catch {
    // No connection: the same to whoever asked for a picture.
  }
  showNotice("There is no snapshot now. Try again in some seconds.");
  return null;
}

function refresh(): void {
  const { fps, mbps } = figures.rates();
  const delayMs = figures.delayMs(0.5);
  const errorMicros = session?.clock.errorMicros ?? null;
  const data = page.root.dataset;
  data["frames"] = String(figures.frames);
  data["dropped"] = String(figures.dropped);
  data["corrupt"] = String(figures.corrupt);
  data["waiting"] = String(figures.waiting);
  data["fps"] = String(round(fps, 1));
  data["delayMs"] = delayMs === null ? "" : String(round(delayMs, 1));
  data["clockErrorMs"] = errorMicros === null ? "" : String(round(errorMicros / 1000, 2));
  data["codec"] = stream?.codec ?? "";
  data["form"] = stream?.form ?? "";

  const isLive = data["state"] === "live";
  page.delay.textContent = isLive && delayMs !== null ? `${Math.round(delayMs)} ms` : "";
  page.fps.textContent = isLive ? `${Math.round(fps)} fps` : "";
  page.form.textContent = isLive ? codecName(stream?.codec ?? null) + (stream?.form === "h264-half" ? " ½" : "") : "";
  page.form.title = `${formText(stream)}. Shown by ${modeText(stream, choice.mode)}`;
  if (!page.info.hidden) {
    refreshInfo(mbps);
  }
}

function refreshInfo(mbps: number): void {
  const ms = (value: number | null) => (value === null ? "–" : `${round(value, 1)} ms`);
  const { clockErrorMs, fps } = page.root.dataset;
  showInfo([
    ["Source", nameOf()],
    ["Picture", stream?.width ? `${stream.width} × ${stream.height}, ${formText(stream) || "–"}` : "–"],
    ["Shown by", modeText(stream, choice.mode)],
    ...(choice.notice === null ? [] : [["Note", choice.notice] as const]),
    ["Connection", page.root.dataset["way"] === "requests" ? "requests; no WebSocket is passed" : "WebSocket"],
    ["Shown", `${fps ?? 0} fps, ${mbps.toFixed(1)} Mbit/s`],
    ["Delay", ms(figures.delayMs(0.5))],
    ["Delay, 95 %", ms(figures.delayMs(0.95))],
    ["Clock error", clockErrorMs ? `at most ${clockErrorMs} ms` : "–"],
    ["Pictures shown", String(figures.frames)],
    ["Dropped", String(figures.dropped)],
    ["Damaged", String(figures.corrupt)],
    ["Restarts of the source", String(stream?.restarts ?? 0)],
  ]);
}

if (query.get("bare") === "1") {
  page.root.dataset["bare"] = "";
  if (query.get("idle") === "transparent") {
    page.root.dataset["idle"] = "transparent";
  }
}
startBar();
startControls(takeJpeg, refresh);
showStatus({ state: "connecting", title: "Connecting", text: "" }, nameOf());
setInterval(refresh, REFRESH_MS);
document.addEventListener("visibilitychange", () => {
  player.visibilityChanged();
  link.hurry();
});
addEventListener("online", () => link.hurry());
use(await chooseMode(query.get("mode")));
link.open();
