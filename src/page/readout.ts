import { round } from "../units.ts";
import { type Elements, setText } from "./elements.ts";
import { codecText, type Details, pictureText, showInfo } from "./info.ts";

/**
 * Brings a view's figures up to date: in its bar, in the details where they are open, and for tests and benchmarks as data
 * attributes of its root: `data-frames`, `data-dropped`, `data-corrupt`, `data-waiting` (totals; the last counts a player's
 * halts), `data-fps` and `data-delay-ms` (median from capture to shown) of the last second, `data-clock-error-ms`, `data-codec`
 * and `data-form` (what is received); empty when unknown.
 */
export function showFigures(elements: Elements, details: Details, isLive: boolean): void {
  const { figures, stream, mode, clockErrorMs } = details;
  const { fps } = figures.rates();
  const delayMs = figures.delayMs(0.5);
  Object.assign(elements.root.dataset, {
    frames: figures.frames,
    dropped: figures.dropped,
    corrupt: figures.corrupt,
    waiting: figures.waiting,
    fps: round(fps, 1),
    delayMs: delayMs === null ? "" : round(delayMs, 1),
    clockErrorMs: clockErrorMs ?? "",
    codec: stream?.codec ?? "",
    form: stream?.form ?? "",
  });
  setText(elements.delay, isLive && delayMs !== null ? `${Math.round(delayMs)} ms` : "");
  setText(elements.fps, isLive ? `${Math.round(fps)} fps` : "");
  setText(elements.form, isLive ? codecText(stream) : "");
  elements.form.title = pictureText(stream, mode);
  if (!elements.info.hidden) {
    showInfo(elements, details);
  }
}
