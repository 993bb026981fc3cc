import type { SeenSource, SendingFigures } from "../commands.ts";
import { codecName, noNewPicture, STATE_WORDS } from "../media.ts";
import type { ReceptionFigures } from "../remote.ts";
import { counted, formatBitRate, formatBytes, formatElapsed, formatLength, round } from "../units.ts";

/** The line that a sender keeps up to date: the rate is the source's own, however many watch; the bits are all that goes out. */
export function sendingStatus({ source, viewers, sent, dropped }: SendingFigures): string {
  const picture = source.width === null ? "" : ` ${source.width}×${source.height} ${codecName(source.codec)}`;
  const state = source.error === null ? source.state : `${source.state} (${source.error})`;
  const fps = source.state === "live" ? ` · ${Math.round(source.fps)} fps` : "";
  const out = `${formatBitRate(sent.mbps * 1e6)} out`;
  return `${state}${picture}${fps} · ${counted(viewers.count, "viewer")} · ${out} · ${dropped} dropped`;
}

/** "film.mp4: 1920×1080, 25 fps, H.264". */
export function seenSource({ name, codec, width, height, fps }: SeenSource): string {
  const size = width === null ? [] : [`${width}×${height}`];
  const rate = fps === null ? [] : [`${round(fps, 2)} fps`];
  return `${name}: ${[...size, ...rate, codecName(codec)].join(", ")}`;
}

export interface Receiving {
  /** Whom `watch` connects to; null for `receive`, which waits. */
  readonly host: string | null;
  /** For how long there has been no connection, where that is so, ms. */
  readonly lostMs: number;
  /** A page is all that shows the stream, and nobody has it open. */
  readonly isUnseen: boolean;
}

/**
 * The line that a receiver keeps up to date. What was received last says nothing of a stream that is not there: there is
 * no figure then.
 */
export function receivingStatus(figures: ReceptionFigures, { host, lostMs, isUnseen }: Receiving): string {
  const { state, error } = figures;
  switch (state) {
    case "connecting":
      return host === null ? "waiting for a sender" : `connecting to ${host}`;
    case "waiting":
      return error === null ? STATE_WORDS.waiting : `no picture: ${error}`;
    case "reconnecting": {
      const since = `${STATE_WORDS.reconnecting} for ${formatElapsed(lostMs)}`;
      return host === null ? `${since}, waiting for a sender` : `${since}, trying again`;
    }
    case "stale":
      return noNewPicture(figures.stillMs ?? 0);
    case "refused":
    case "ended":
      return STATE_WORDS[state];
    case "live":
      return liveStatus(figures, isUnseen);
    default:
      return state satisfies never;
  }
}

function liveStatus(figures: ReceptionFigures, isUnseen: boolean): string {
  const { width, height, codec, fps, mbps, delayMs, dropped, recorded } = figures;
  if (recorded !== null) {
    const length = formatLength(recorded.durationMs);
    const rate = `${Math.round(fps)} fps · ${dropped} dropped`;
    return `recording ${recorded.file} · ${length} · ${formatBytes(recorded.bytes)} · ${rate}`;
  }
  const picture = width === null ? "" : ` ${width}×${height} ${codecName(codec)}`;
  if (isUnseen) {
    return `nothing shows it ·${picture} · ${Math.round(fps)} fps · ${formatBitRate(mbps * 1e6)}`;
  }
  const delay = delayMs.p50 === null ? "delay unknown" : `${Math.round(delayMs.p50)} ms`;
  return `live${picture} · ${delay} · ${Math.round(fps)} fps · ${formatBitRate(mbps * 1e6)} · ${dropped} dropped`;
}
