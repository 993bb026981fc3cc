/**
 * The viewer's page. For tests and benchmarks its figures are attributes of `<html>`, refreshed four times a second:
 * `data-state` (`ViewingState`, at once), `data-frames`, `data-dropped`, `data-corrupt`, `data-waiting` (totals; the last
 * counts a film's halts), `data-fps` and `data-delay-ms` (median from capture to shown) of the last second,
 * `data-clock-error-ms`; empty when unknown. `data-mode` is how H.264 is shown (mode.ts), `data-codec` and `data-form`
 * what is received; `data-way` is how it is connected (link.ts).
 */

import { Stillness } from "../../media.ts";
import type { ReceiverSession } from "../../receiver.ts";
import { round, timeOfDay } from "../../units.ts";
import type { StreamInfo } from "../../wire.ts";
import { startBar } from "./bar.ts";
import { startControls, type TakenPicture } from "./controls.ts";
import { page, setText } from "./elements.ts";
import { Figures } from "./figures.ts";
import { frozenPicture, jpegOfSeen, toggleFrozen } from "./freeze.ts";
import { codecText, pictureText, showInfo } from "./info.ts";
import { Link, REOPENED, type Way } from "./link.ts";
import { type Choice, chooseMode, modeAfter } from "./mode.ts";
import { showNotice } from "./notice.ts";
import { Player } from "./player.ts";
import type { Picture } from "./renderer.ts";
import { StateView } from "./state-view.ts";
import { CONNECTING, LIVE, STALE, type Status, statusOfEnd, statusOfStream } from "./status.ts";

const REFRESH_MS = 250;
/** How often it is looked whether the picture stands still, ms. */
const LOOK_MS = 100;

const query = new URLSearchParams(location.search);
const figures = new Figures();
const stillness = new Stillness();
const view = new StateView();
let choice: Choice = { mode: "jpeg", notice: null };
let stream: StreamInfo | null = null;
let session: ReceiverSession | null = null;
let maxDelayMs = Number.POSITIVE_INFINITY;
let lastJpeg: Blob | null = null;
/** When the last picture was shown, by `Date.now`; 0 before the first. */
let lastShownAt = 0;

const nameOf = () => stream?.name || "lanvid";
const show = (status: Status) => {
  view.show(status, nameOf());
  refreshView();
};

const player = new Player(choice.mode, {
  onShown: (picture, shownAt, jpeg) => {
    lastJpeg = jpeg;
    countShown(picture, picture.capturedAt === null ? null : shownAt - picture.capturedAt);
    // One that was still being decoded when the connection ended makes nothing live.
    if (view.status !== LIVE && session !== null && stream?.state === "live") {
      page.root.dataset["hasPicture"] = "";
      page.snapshotButton.disabled = false;
      show(LIVE);
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
    maxDelayMs = session?.maxDelayMs ?? maxDelayMs;
    player.describe(described);
    const { state } = view.status;
    const isGoingOn = described.state === "live" && (state === "live" || state === "stale");
    // A server that is about to go still lets in, and ends it again.
    const isStillOver = described.state === "failed" && state === "ended";
    if (!isGoingOn && !isStillOver) {
      stillness.reset();
      show(statusOfStream(described));
    }
  },
  onFrame: (frame, settle) => {
    if (document.hidden && !frame.video.isPreroll) {
      // It would be shown if somebody looked.
      noteShown();
    }
    player.show(frame, settle);
  },
  onDropped: (count) => {
    figures.dropped += count;
  },
  onEnd: (end) => {
    session = null;
    if (end.code !== REOPENED && !(end.by === "network" && view.status.isLastWord === true)) {
      show(statusOfEnd(end, nameOf(), timeOfDay(new Date())));
    }
  },
});

function countShown({ bytes }: Picture, delayMicros: number | null): void {
  figures.addShown(bytes.length, delayMicros);
  noteShown();
}

function noteShown(): void {
  stillness.shown(performance.now());
  lastShownAt = Date.now();
}

function stillMs(): number | null {
  return stillness.stillMs(performance.now(), maxDelayMs);
}

/** A picture that stands still must not pass for a live one. */
function look(): void {
  if (view.status === LIVE && stillMs() !== null) {
    show(STALE);
  } else if (view.status === STALE && document.hidden && stillMs() === null) {
    show(LIVE);
  }
}

/** Connects now; where there is a connection that brings nothing, anew. */
function tryNow(): void {
  if (session === null) {
    link.hurry();
  } else {
    link.reopen();
  }
}

/** Says once what a person may wonder about, and do something about. */
function showWay(way: Way): void {
  if (way === "requests" && page.root.dataset["way"] !== way) {
    showNotice(
      "Something between this browser and lanvid, such as a proxy, passes no WebSocket: pictures are fetched one by one. " +
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

/** What is seen: the JPEG that was received, or else one that is made of it, there or here. */
async function take(): Promise<TakenPicture | null> {
  const frozen = frozenPicture();
  const at = frozen?.at ?? new Date();
  const jpeg = page.snapshotButton.disabled ? null : await (frozen?.jpeg() ?? lastJpeg ?? jpegOfNow());
  return jpeg && { jpeg, at };
}

async function jpegOfNow(): Promise<Blob | null> {
  try {
    const response = view.status === LIVE ? await fetch("snapshot") : null;
    if (response?.ok === true) {
      return await response.blob();
    }
  } catch {
    // No connection: what is seen is here all the same.
  }
  return await jpegOfSeen();
}

function refresh(): void {
  const { fps } = figures.rates();
  const delayMs = figures.delayMs(0.5);
  const data = page.root.dataset;
  data["frames"] = String(figures.frames);
  data["dropped"] = String(figures.dropped);
  data["corrupt"] = String(figures.corrupt);
  data["waiting"] = String(figures.waiting);
  data["fps"] = String(round(fps, 1));
  data["delayMs"] = delayMs === null ? "" : String(round(delayMs, 1));
  data["clockErrorMs"] = String(clockErrorMs() ?? "");
  data["codec"] = stream?.codec ?? "";
  data["form"] = stream?.form ?? "";

  const isLive = view.status === LIVE;
  setText(page.delay, isLive && delayMs !== null ? `${Math.round(delayMs)} ms` : "");
  setText(page.fps, isLive ? `${Math.round(fps)} fps` : "");
  setText(page.form, isLive ? codecText(stream) : "");
  page.form.title = pictureText(stream, choice.mode);
  refreshView();
  if (!page.info.hidden) {
    refreshInfo();
  }
}

function refreshView(): void {
  view.refresh(lastShownAt === 0 ? null : new Date(lastShownAt), stillMs());
}

function refreshInfo(): void {
  showInfo({
    name: nameOf(),
    stream,
    mode: choice.mode,
    notice: choice.notice,
    figures,
    maxDelayMs: Number.isFinite(maxDelayMs) ? maxDelayMs : null,
    clockErrorMs: clockErrorMs(),
    passesNoWebSocket: page.root.dataset["way"] === "requests",
  });
}

function clockErrorMs(): number | null {
  const errorMicros = session?.clockOffset.errorMicros ?? null;
  return errorMicros === null ? null : round(errorMicros / 1000, 2);
}

if (query.get("bare") === "1") {
  page.root.dataset["bare"] = "";
  if (query.get("idle") === "transparent") {
    page.root.dataset["idle"] = "transparent";
  }
}
startBar();
startControls({
  take,
  nameOf,
  onFreeze: () => {
    if (!page.snapshotButton.disabled) {
      toggleFrozen(lastJpeg, new Date(lastShownAt));
    }
  },
  onInfo: refresh,
  onTry: tryNow,
  isBare: page.root.dataset["bare"] !== undefined,
});
show(CONNECTING);
setInterval(refresh, REFRESH_MS);
setInterval(look, LOOK_MS);
document.addEventListener("visibilitychange", () => {
  player.visibilityChanged();
  link.hurry();
});
addEventListener("online", () => link.hurry());
use(await chooseMode(query.get("mode")));
link.open();
