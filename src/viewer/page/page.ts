/**
 * The viewer's page. For tests and benchmarks its figures are attributes of `<html>`, refreshed four times a second:
 * `data-state` (see status.ts, at once), `data-frames`, `data-skipped`, `data-corrupt` (totals), `data-fps` and
 * `data-delay-ms` (median from capture to drawn) of the last second, `data-clock-error-ms`; empty when unknown.
 */

import type { ReceiverSession } from "../../session.ts";
import { round } from "../../units.ts";
import type { StreamInfo } from "../../wire.ts";
import { startBar } from "./bar.ts";
import { startControls } from "./controls.ts";
import { page } from "./elements.ts";
import { Figures } from "./figures.ts";
import { Link } from "./link.ts";
import { Painter } from "./painter.ts";
import { showStatus, statusOfEnd, statusOfStream } from "./status.ts";

const REFRESH_MS = 250;

const figures = new Figures();
let stream: StreamInfo | null = null;
let session: ReceiverSession | null = null;
let lastJpeg: Blob | null = null;

const nameOf = () => stream?.name || "lanvid";

const painter = new Painter({
  canvas: page.picture,
  onShown: (jpeg) => {
    lastJpeg = jpeg;
    if (page.root.dataset["state"] !== "live" && stream?.state === "live") {
      page.root.dataset["hasPicture"] = "";
      page.snapshotButton.disabled = false;
      showStatus({ state: "live", title: "Live", text: "" }, nameOf());
    }
  },
  onSkipped: () => {
    figures.skipped += 1;
  },
  onCorrupt: () => {
    figures.corrupt += 1;
  },
});

const link = new Link({
  name: "browser",
  onOpen: (opened) => {
    session = opened;
    painter.restart();
  },
  onStream: (described) => {
    stream = described;
    if (described.state !== "live" || page.root.dataset["state"] !== "live") {
      showStatus(statusOfStream(described), nameOf());
    }
  },
  onFrame: ({ video, capturedAt }, settle) => {
    painter.show({
      sequence: video.sequence,
      bytes: video.bytes,
      settle: (shownAt) => {
        settle(shownAt);
        if (shownAt !== null) {
          figures.addShown(video.bytes.length, capturedAt === null ? null : shownAt - capturedAt);
        }
      },
    });
  },
  onSkipped: (count) => {
    figures.skipped += count;
  },
  onEnd: (end) => {
    session = null;
    // That it has ended says more than that nobody is there any more.
    if (page.root.dataset["state"] !== "ended" || end.by !== "network") {
      showStatus(statusOfEnd(end), nameOf());
    }
  },
});

function refresh(): void {
  const { fps, mbps } = figures.rates();
  const delayMs = figures.delayMs(0.5);
  const errorMicros = session?.clock.errorMicros ?? null;
  const data = page.root.dataset;
  data["frames"] = String(figures.frames);
  data["skipped"] = String(figures.skipped);
  data["corrupt"] = String(figures.corrupt);
  data["fps"] = String(round(fps, 1));
  data["delayMs"] = delayMs === null ? "" : String(round(delayMs, 1));
  data["clockErrorMs"] = errorMicros === null ? "" : String(round(errorMicros / 1000, 2));

  const isLive = data["state"] === "live";
  page.delay.textContent = isLive && delayMs !== null ? `${Math.round(delayMs)} ms` : "";
  page.fps.textContent = isLive ? `${Math.round(fps)} fps` : "";
  if (!page.info.hidden) {
    showInfo(mbps);
  }
}

function showInfo(mbps: number): void {
  const ms = (value: number | null) => (value === null ? "–" : `${round(value, 1)} ms`);
  const { clockErrorMs, fps } = page.root.dataset;
  const rows = [
    ["Source", nameOf()],
    ["Picture", stream?.width ? `${stream.width} × ${stream.height}, ${stream.codec ?? "–"}` : "–"],
    ["Shown", `${fps ?? 0} fps, ${mbps.toFixed(1)} Mbit/s`],
    ["Delay", ms(figures.delayMs(0.5))],
    ["Delay, 95 %", ms(figures.delayMs(0.95))],
    ["Clock error", clockErrorMs ? `at most ${clockErrorMs} ms` : "–"],
    ["Pictures shown", String(figures.frames)],
    ["Skipped", String(figures.skipped)],
    ["Damaged", String(figures.corrupt)],
    ["Restarts of the source", String(stream?.restarts ?? 0)],
  ] as const;
  page.infoList.replaceChildren(
    ...rows.flatMap(([term, value]) => [textElement("dt", term), textElement("dd", value)]),
  );
}

function textElement(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

if (new URLSearchParams(location.search).get("bare") === "1") {
  page.root.dataset["bare"] = "";
}
startBar();
startControls(() => lastJpeg, refresh);
showStatus({ state: "connecting", title: "Connecting", text: "" }, nameOf());
setInterval(refresh, REFRESH_MS);
document.addEventListener("visibilitychange", () => link.hurry());
addEventListener("online", () => link.hurry());
link.open();
