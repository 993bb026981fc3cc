import type { Log } from "../log.ts";
import type { Subscription, ViewerKind } from "../stream.ts";

/** How a viewer is connected, for people; null for those that nobody wants to hear of. */
const KINDS: Readonly<Record<ViewerKind, string | null>> = {
  lanvid: "lanvid",
  page: "browser",
  "page-requests": "browser, by requests",
  "jpeg-stream": "/stream",
  "mp4-stream": "/stream.mp4",
  classic: "Python receiver",
  snapshot: null,
  local: null,
  rendition: null,
};
/** Characters of what a viewer calls itself that are worth showing. */
const MAX_NAME = 40;

/** Says who came or went: "viewer joined: Anna's laptop (192.168.1.7, browser), 3 now". @param count viewers now */
export function sayViewer(event: "joined" | "left", subscription: Subscription, count: number, log: Log): void {
  const kind = KINDS[subscription.kind];
  if (kind === null) {
    return;
  }
  const address = subscription.address ?? "unknown";
  const name = subscription.name?.trim().slice(0, MAX_NAME) || null;
  const dropped = event === "left" && subscription.dropped > 0 ? [`${subscription.dropped} frames dropped`] : [];
  const details = [...(name === null ? [] : [address]), kind, ...dropped].join(", ");
  log.info(`viewer ${event}: ${name ?? address} (${details}), ${count} now`);
}
