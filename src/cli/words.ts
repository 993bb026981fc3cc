import { renderUnicodeCompact } from "uqr";
import type { Ready, ReceptionFigures, Reporter, SendingFigures } from "../app.ts";
import { codecName } from "../media.ts";
import { formatBitRate } from "../units.ts";
import type { Printer } from "./printer.ts";

/** What a sender says to a person. */
export function sendingWords(printer: Printer): Reporter {
  return {
    ready(ready) {
      printer.answer(`${ready.role === "push" ? "sending" : "streaming"} ${ready.source.name}`);
      for (const line of ready.watch) {
        printer.answer(`  ${line}`);
      }
      for (const url of ready.urls) {
        printer.answer(`  ${url}`);
      }
      printQrCode(ready, printer);
    },
    addresses: ({ watch, urls }) => {
      for (const line of [...watch, ...urls]) {
        printer.answer(`  also ${line}`);
      }
    },
    stats: (figures) => printer.status(sendingStatus(figures as SendingFigures)),
  };
}

/** What a receiver says to a person. */
export function receivingWords(printer: Printer): Reporter {
  return {
    ready(ready) {
      printer.info(ready.role === "receive" ? "waiting for a sender:" : `watching ${ready.source.name}`);
      for (const line of ready.watch) {
        printer.info(`  ${line}`);
      }
      for (const url of ready.urls) {
        printer.info(`  ${url}`);
      }
    },
    addresses: ({ watch }) => {
      for (const line of watch) {
        printer.info(`  also ${line}`);
      }
    },
    stats: (figures) => printer.status(receivingStatus(figures as ReceptionFigures)),
  };
}

/** A phone's camera reads the page's address off the terminal. */
function printQrCode({ role, urls }: Ready, printer: Printer): void {
  const [url] = urls;
  if (role === "serve" && url !== undefined && process.stdout.isTTY) {
    printer.answer(renderUnicodeCompact(url, { border: 2 }));
  }
}

/** The source's rate is its own, however many watch; the bits are all that goes out. */
function sendingStatus({ source, viewers, sent, dropped }: SendingFigures): string {
  const watching = viewers.count === 1 ? "1 viewer" : `${viewers.count} viewers`;
  const picture = source.width === null ? "" : ` ${source.width}×${source.height} ${codecName(source.codec)}`;
  const state = source.error === null ? source.state : `${source.state} (${source.error})`;
  const fps = source.state === "live" ? ` · ${Math.round(source.fps)} fps` : "";
  const out = `${formatBitRate(sent.mbps * 1e6)} out`;
  return `${state}${picture}${fps} · ${watching} · ${out} · ${dropped} dropped`;
}

function receivingStatus(figures: ReceptionFigures): string {
  const { state, error, width, height, codec, fps, mbps, delayMs, dropped } = figures;
  if (state === "waiting" && error !== null) {
    return `no picture: ${error}`;
  }
  const picture = width === null ? "" : ` ${width}×${height} ${codecName(codec)}`;
  const delay = delayMs.p50 === null ? "delay unknown" : `${Math.round(delayMs.p50)} ms`;
  return `${state}${picture} · ${delay} · ${Math.round(fps)} fps · ${formatBitRate(mbps * 1e6)} · ${dropped} dropped`;
}
