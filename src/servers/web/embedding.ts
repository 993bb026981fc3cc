import { hostNameOf } from "../../access.ts";
import { forPeers, heard, type PeerText } from "../../errors.ts";
import { FRAME_ANCESTORS, type HttpFailure, headersWith, quoted } from "../../http.ts";

/**
 * Other sites' pages in a person's browser: they may not show what is served here, nor have a source started. To a browser
 * another program of this machine, on a port of its own, is such a site, too.
 *
 * What an answer's headers can forbid, they do (`responses.ts`), but for that the answer has to be there first, and a
 * camera would be on. So who asks is told by the request as far as browsers let us know:
 *
 * | to | browsers send |
 * |---|---|
 * | localhost, 127.0.0.1, https | `Sec-Fetch-Site`, which a page can neither set nor leave out |
 * | http at any other address | none of these; a `Referer`, which a page can leave out; with what opens a document, in a window or a frame, `Upgrade-Insecure-Requests` |
 */

/** What starts an idle source. */
const PICTURES: ReadonlySet<string> = new Set(["/stream", "/stream.mp4", "/snapshot", "/link"]);
/** Known to those only who could read an answer of ours, which pages of other sites can't. */
const TOKEN = crypto.randomUUID();
const TOKEN_NAME = "direct";

/** Whose pages are no strangers. */
export interface Sites {
  /** Origins that `--allow-embed` names: they may show what is served. */
  readonly embedders: ReadonlySet<string>;
  /** Names that `--allow-host` gives this machine: behind a proxy our own page may have any of them, at any port. */
  readonly ownNames: ReadonlySet<string>;
}

/** How a request may be answered. */
export type Judgement =
  /** By our own page, a person or a program. */
  | { readonly kind: "own" }
  /** By a page of an origin that `--allow-embed` names. */
  | { readonly kind: "embedded" }
  /** Perhaps for a foreign page's frame: only with a document that the browser shows in no such frame. */
  | { readonly kind: "document" }
  | { readonly kind: "refused"; readonly failure: HttpFailure; readonly page: string | null };

/**
 * Says who asks.
 * @param endpoint what is asked for, a path
 */
export function judge(headers: Headers, url: URL, endpoint: string, { embedders, ownNames }: Sites): Judgement {
  const host = headers.get("Host") ?? "";
  const origin = headers.get("Origin");
  const referrer = originOf(headers.get("Referer"));
  const maker = origin ?? referrer;
  if (maker !== null && embedders.has(maker)) {
    return { kind: "embedded" };
  }
  if (origin !== null) {
    return isOwnOrigin(origin, host, ownNames) ? { kind: "own" } : refused("origin-not-allowed", origin);
  }
  const site = headers.get("Sec-Fetch-Site");
  if (site !== null) {
    if (site === "same-origin" || site === "none" || isOpening(headers)) {
      return { kind: "own" };
    }
    // The page itself starts nothing, and the browser shows it in frames of allowed origins only.
    const isLeftToBrowser = embedders.size > 0 && endpoint === "/" && headers.get("Sec-Fetch-Mode") === "navigate";
    return isLeftToBrowser ? { kind: "embedded" } : refused("foreign-page", maker);
  }
  const isBrowser = headers.get("User-Agent")?.startsWith("Mozilla/") === true;
  if (!isBrowser || !PICTURES.has(endpoint) || (referrer !== null && isOwnOrigin(referrer, host, ownNames))) {
    return { kind: "own" };
  }
  if (headers.has("Upgrade-Insecure-Requests")) {
    return { kind: url.searchParams.get(TOKEN_NAME) === TOKEN ? "own" : "document" };
  }
  return refused("foreign-page", maker);
}

/** A person opens it in a window of its own, if only by a link of another page. */
function isOpening(headers: Headers): boolean {
  return (
    headers.get("Sec-Fetch-Mode") === "navigate" &&
    headers.get("Sec-Fetch-Dest") === "document" &&
    !headers.has("Sec-Purpose")
  );
}

function refused(code: string, maker: string | null): Judgement {
  const origin = originOf(maker);
  const page = origin === "null" ? null : origin;
  const who = page === null ? forPeers`another site's page` : forPeers`a page of ${quoted(page)}`;
  const failure = {
    status: 403,
    code,
    message: forPeers`cannot answer ${who}: only lanvid's own page may show the stream`,
    hint: pageHint(page),
  };
  return { kind: "refused", failure, page };
}

/** What to do where a page is refused that should not be. @param page its origin, or null where it is not known */
export function pageHint(page: string | null): PeerText {
  const name = page === null ? null : hostNameOf(URL.parse(page)?.hostname ?? "");
  return name === null
    ? forPeers`open the address itself, or start lanvid with --allow-embed and the page's origin`
    : forPeers`if a proxy serves lanvid's page there, start lanvid with --allow-host ${heard(name)}; for another page, with --allow-embed ${heard(page ?? "")}`;
}

/** Goes on to where it was asked for, as soon as the browser shows it. */
export function directResponse(url: URL): Response {
  const search = new URLSearchParams(url.search);
  search.set(TOKEN_NAME, TOKEN);
  const html = `<!doctype html><meta http-equiv="refresh" content="0; url=?${search.toString().replaceAll("&", "&amp;")}">`;
  return new Response(html, { headers: headersWith({ "Content-Type": "text/html; charset=utf-8" }) });
}

/** Lets pages of these origins frame an answer, and embed it where it is for one of them. */
export function letEmbed(response: Response, allowed: ReadonlySet<string>, isForThem: boolean): Response {
  if (allowed.size === 0) {
    return response;
  }
  const { headers } = response;
  const policy = headers.get("Content-Security-Policy") ?? FRAME_ANCESTORS;
  headers.set("Content-Security-Policy", policy.replace(FRAME_ANCESTORS, [FRAME_ANCESTORS, ...allowed].join(" ")));
  if (isForThem) {
    headers.set("Cross-Origin-Resource-Policy", "cross-origin");
  }
  return response;
}

/**
 * Is an origin the one that a request with this Host was made to, or of a name that our page has behind a proxy? A proxy may
 * speak https, and pass on another Host, or one without its port.
 */
export function isOwnOrigin(origin: string, host: string, ownNames: ReadonlySet<string>): boolean {
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:") || url.origin !== origin) {
    return false;
  }
  const asked = URL.parse(`${url.protocol}//${host}`);
  // A URL leaves out its scheme's own port, a Host header need not.
  if (url.host === asked?.host) {
    return true;
  }
  // A browser that asks us itself names our port: the same name at another one is another program's page.
  const isWhole = asked?.hostname === url.hostname && asked.port !== "";
  const name = hostNameOf(url.hostname);
  return !isWhole && name !== null && ownNames.has(name);
}

function originOf(address: string | null): string | null {
  return address === null ? null : (URL.parse(address)?.origin ?? "null");
}
