import { mediaSourceClass, mp4Type } from "./mse/media-source.ts";

/** How the page shows H.264, best first; `jpeg`: not at all, it asks for JPEG. */
export const MODES = ["webcodecs", "mse", "jpeg"] as const;
export type Mode = (typeof MODES)[number];

/** For people. */
export const MODE_NAMES: Readonly<Record<Mode, string>> = {
  webcodecs: "WebCodecs",
  mse: "Media Source",
  jpeg: "JPEG",
};

/** What is asked about: Constrained Baseline, 1280×720 at 30. */
const USUAL_CODEC = "avc1.42c01f";

/** Why the browser can't use this mode on this page, or null when it can. */
export async function obstacleTo(mode: Mode): Promise<string | null> {
  switch (mode) {
    case "webcodecs":
      return await obstacleToWebCodecs();
    case "mse": {
      const source = mediaSourceClass();
      if (source === undefined) {
        return "this browser has no Media Source";
      }
      return source.isTypeSupported(mp4Type(USUAL_CODEC)) ? null : "this browser plays no H.264";
    }
    case "jpeg":
      return null;
    default:
      return mode satisfies never;
  }
}

async function obstacleToWebCodecs(): Promise<string | null> {
  if (!isSecureContext) {
    return "browsers have WebCodecs on localhost and https only";
  }
  if (typeof VideoDecoder === "undefined") {
    return "this browser has no WebCodecs";
  }
  const { supported } = await VideoDecoder.isConfigSupported({ codec: USUAL_CODEC, optimizeForLatency: true });
  return supported === true ? null : "this browser's WebCodecs decode no H.264";
}

/** A mode, and why it is not the one that was asked for. */
export interface Choice {
  readonly mode: Mode;
  readonly notice: string | null;
}

/**
 * The best mode from `first` on that works here.
 * @param wish what the page's address asks for (`?mode=`), or null
 */
export async function chooseMode(wish: string | null): Promise<Choice> {
  const first = (MODES as readonly (string | null)[]).indexOf(wish);
  if (wish !== null && first < 0) {
    return { ...(await bestFrom(0)), notice: `There is no mode "${wish}": ${MODES.join(", ")}.` };
  }
  return await bestFrom(Math.max(0, first), wish !== null);
}

/** The next mode after one that turned out not to work. */
export async function modeAfter(mode: Mode, reason: string): Promise<Choice> {
  const next = await bestFrom(MODES.indexOf(mode) + 1);
  return { mode: next.mode, notice: `No ${MODE_NAMES[mode]}: ${reason}.` };
}

async function bestFrom(start: number, tellsWhy = false): Promise<Choice> {
  let notice: string | null = null;
  for (const mode of MODES.slice(start)) {
    const obstacle = await obstacleTo(mode);
    if (obstacle === null) {
      return { mode, notice };
    }
    if (tellsWhy) {
      notice ??= `No ${MODE_NAMES[mode]}: ${obstacle}.`;
    }
  }
  return { mode: "jpeg", notice };
}
