import { hostNameOf } from "../access.ts";
import { forPeers, heard, type PeerText } from "../errors.ts";
import { failureDocument } from "./failure-document.ts";
import { headersWith } from "./headers.ts";

/** As much of what somebody asked for as is said back to them, characters. */
const MAX_QUOTED_LENGTH = 100;
/** No method that anybody has heard of is longer, characters. */
const MAX_METHOD_LENGTH = 20;
/** DNS knows no longer names (RFC 1035, 2.3.4). */
const MAX_NAME_LENGTH = 253;

/** Why a request is not answered as whoever asked wishes, and what they can do now. */
export interface HttpFailure {
  readonly status: number;
  /** A stable word for programs. */
  readonly code: string;
  /** Lower case, without a full stop, as all messages. */
  readonly message: PeerText;
  /** What to do; paths in it, such as `/stream`, are links where a person reads it. */
  readonly hint?: PeerText;
  readonly headers?: Record<string, string>;
}

/** Is it a failure, and no answer? */
export function isFailure<T extends object>(answer: T | HttpFailure | undefined): answer is HttpFailure {
  return answer !== undefined && "code" in answer;
}

/** A failure as it is sent. */
export interface FailureAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/**
 * Says it to whoever asked: as a page to a person's browser, as `{"error":{"code","message","hint"}}` to a program.
 * @param asked.accept the Accept header of the request
 * @param asked.path its path; links lead on from there, as a proxy may have us in a folder of its own
 */
export function failureAnswer(
  failure: HttpFailure,
  asked: { readonly accept: string | null; readonly path: string },
): FailureAnswer {
  const { status, code, message, hint = null, headers } = failure;
  const more = { Vary: "Accept", ...headers };
  if (!prefersHtml(asked.accept ?? "")) {
    const body = `${JSON.stringify({ error: { code, message, hint } })}\n`;
    return { status, body, headers: headersWith({ "Content-Type": "application/json", ...more }) };
  }
  const isWorthAnotherTry = headers?.["Retry-After"] !== undefined;
  const { html, policy } = failureDocument({ status, code, message, hint, isWorthAnotherTry }, asked.path);
  const type = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy };
  return { status, body: html, headers: headersWith({ ...type, ...more }) };
}

/** Somebody asked by a name that may be a stranger's. @param host as they said it */
export function hostNotAllowed(host: string): HttpFailure {
  const name = hostNameOf(host.replace(/:\d{1,5}$/, ""));
  const option = name === null || name.length > MAX_NAME_LENGTH ? "NAME" : name;
  return {
    status: 403,
    code: "host-not-allowed",
    message: forPeers`this lanvid does not answer to the name ${quoted(name ?? host)}`,
    hint: forPeers`open the machine's IP address instead, or have lanvid started with --allow-host ${heard(option)} there`,
  };
}

/** @param allowed methods that are answered there */
export function methodNotAllowed(method: string, allowed: readonly string[]): HttpFailure {
  const verb = allowed.length === 1 ? forPeers`is` : forPeers`are`;
  return {
    status: 405,
    code: "method-not-allowed",
    message: forPeers`${heard(method.slice(0, MAX_METHOD_LENGTH))} is not answered here, only ${heard(allowed.join(" and "))} ${verb}`,
    hint: forPeers`open / for the picture`,
    headers: { Allow: allowed.join(", ") },
  };
}

/** What somebody said, in quotes, and no more of it than a person wants to read. */
export function quoted(text: string): PeerText {
  const isLong = text.length > MAX_QUOTED_LENGTH;
  return heard(JSON.stringify(isLong ? `${text.slice(0, MAX_QUOTED_LENGTH)}…` : text));
}

/** Browsers that open a document name text/html; what they load into one, and programs, do not, or would rather have JSON. */
function prefersHtml(accept: string): boolean {
  const html = weightOf("text/html", accept);
  return html > 0 && html >= weightOf("application/json", accept);
}

/** How much a type is wanted, 0 to 1, by an Accept header that names it (RFC 9110, 12.5.1); 0 where it does not. */
function weightOf(type: string, accept: string): number {
  const weights = accept.split(",").map((range) => {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return name === type ? Number(weight ?? 1) || 0 : 0;
  });
  return Math.max(0, ...weights);
}
