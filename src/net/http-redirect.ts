/** The longest request head that is read on the stream's port, in bytes. */
export const MAX_HEAD_BYTES = 8192;

/**
 * The answer to an HTTP request on the stream's port: a browser is sent to the page's own port (307), so that there is
 * one address to remember. Null while the head is not complete.
 * @param ownAddress where the request came to: the name of those that say none, as programs that speak HTTP/1.0
 */
export function redirect(
  bytes: Uint8Array,
  method: "http" | "http-other",
  http: { readonly port: number; readonly allowsHost: (host: string) => boolean } | null,
  ownAddress: string,
): Uint8Array | null {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, MAX_HEAD_BYTES));
  const end = head.indexOf("\r\n\r\n");
  if (end < 0) {
    return null;
  }
  if (method === "http-other") {
    return response("405 Method Not Allowed", ["Allow: GET, HEAD"], "only GET and HEAD are answered here\n");
  }
  if (http === null) {
    return response("404 Not Found", [], "this lanvid has no page: it was started with --http off\n");
  }
  const [requestLine = "", ...fields] = head.slice(0, end).split("\r\n");
  const path = requestLine.split(" ")[1] ?? "/";
  const said = fields.map((field) => /^host:\s*(.*?)\s*$/i.exec(field)?.[1]).find((value) => value !== undefined);
  const host = said ?? formatHost(ownAddress);
  if (!http.allowsHost(host)) {
    return response("403 Forbidden", [], "this Host is not allowed; start lanvid with --allow-host NAME to allow it\n");
  }
  const name = host.replace(/:\d+$/, "");
  const location = `http://${name}:${http.port}${/^\/[!-~]*$/.test(path) ? path : "/"}`;
  return response("307 Temporary Redirect", [`Location: ${location}`], "");
}

function formatHost(address: string): string {
  return address.includes(":") ? `[${address.replace(/%.*$/, "")}]` : address;
}

function response(status: string, fields: readonly string[], body: string): Uint8Array {
  const head = [
    `HTTP/1.1 ${status}`,
    ...fields,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${body.length}`,
    "Cache-Control: no-store",
    "Connection: close",
  ];
  return new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n${body}`);
}
