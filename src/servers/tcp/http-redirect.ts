import { forPeers } from "../../errors.ts";
import {
  type FailureAnswer,
  failureAnswer,
  type HttpFailure,
  headersWith,
  hostNotAllowed,
  methodNotAllowed,
} from "../../http.ts";

/** The longest request head that is read on the stream's port, in bytes. */
export const MAX_HEAD_BYTES = 8192;

const REASONS: Readonly<Record<number, string>> = {
  307: "Temporary Redirect",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
};
const NO_PAGE: HttpFailure = {
  status: 404,
  code: "no-page",
  message: forPeers`this lanvid has no page: it was started with --http off`,
  hint: forPeers`see the stream with "lanvid watch", or have lanvid started without --http off`,
};

/**
 * The answer to an HTTP request on the stream's port: a browser is sent to the page's own port (307), so that there is
 * one address to remember. Null while the head is not complete.
 * @param ownAddress where the request came to: the name of those that say none, as programs that speak HTTP/1.0
 */
export function redirect(
  bytes: Uint8Array,
  kind: "http" | "http-other",
  http: { readonly port: number; readonly allowsHost: (host: string) => boolean } | null,
  ownAddress: string,
): Uint8Array | null {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, MAX_HEAD_BYTES));
  const end = head.indexOf("\r\n\r\n");
  if (end < 0) {
    return null;
  }
  const [requestLine = "", ...fields] = head.slice(0, end).split("\r\n");
  const [method = "", said = ""] = requestLine.split(" ");
  const path = /^\/[!-~]*$/.test(said) ? said : "/";
  const host = fieldIn(fields, "host") ?? formatHost(ownAddress);
  const failure = failureOf(kind, method, http?.allowsHost(host) ?? null, host);
  if (failure !== null || http === null) {
    const accept = fieldIn(fields, "accept");
    const { status, headers, body } = failureAnswer(failure ?? NO_PAGE, { accept, path });
    return response({ status, headers, body, hasBody: method !== "HEAD" });
  }
  const location = `http://${host.replace(/:\d+$/, "")}:${http.port}${path}`;
  const headers = headersWith({ Location: location, "Content-Type": "text/plain; charset=utf-8" });
  return response({ status: 307, headers, body: "", hasBody: false });
}

/** @param isAllowed whether a browser may have used the host, or null where there is no page */
function failureOf(
  kind: "http" | "http-other",
  method: string,
  isAllowed: boolean | null,
  host: string,
): HttpFailure | null {
  if (kind === "http-other") {
    return methodNotAllowed(method, ["GET", "HEAD"]);
  }
  if (isAllowed === null) {
    return NO_PAGE;
  }
  return isAllowed ? null : hostNotAllowed(host);
}

/** A field of a request's head, the first of that name. */
function fieldIn(fields: readonly string[], name: string): string | null {
  const field = fields.find((one) => one.toLowerCase().startsWith(`${name}:`));
  return field === undefined ? null : field.slice(name.length + 1).trim();
}

function formatHost(address: string): string {
  return address.includes(":") ? `[${address.replace(/%.*$/, "")}]` : address;
}

/** @param answer.hasBody whether the body is sent: else its length is said only, as HEAD asks */
function response({ status, headers, body, hasBody }: FailureAnswer & { readonly hasBody: boolean }): Uint8Array {
  const bytes = new TextEncoder().encode(body);
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${bytes.length}`,
  ];
  const headBytes = new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`);
  return hasBody ? Buffer.concat([headBytes, bytes]) : headBytes;
}
