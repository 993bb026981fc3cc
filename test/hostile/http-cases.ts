/** Requests that are not as they should be, and what may be answered. */
export interface HttpCase {
  readonly name: string;
  readonly bytes: string;
  /** The statuses that may come, one after the other; `closed` for none. */
  readonly may: readonly string[];
}

const HOST = "Host: 127.0.0.1\r\n";
const OK = `GET /healthz HTTP/1.1\r\n${HOST}`;
/** What a smuggler wants to be taken for a request of its own. */
const HIDDEN = `GET /state HTTP/1.1\r\n${HOST}\r\n`;
/** Of a page's conversation; of nobody's. */
const ID = "00000000-0000-4000-8000-000000000000";
const REFUSED = ["400", "closed"];

function smuggle(name: string, bytes: string, may = REFUSED): HttpCase {
  return { name, bytes, may };
}

/** Two ideas of where a request ends. */
export const SMUGGLING: readonly HttpCase[] = [
  smuggle("a length and chunks", `${OK}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`),
  smuggle(
    "chunks and a length",
    `${OK}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n${HIDDEN}0\r\n\r\n`,
  ),
  smuggle("two lengths", `${OK}Content-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`),
  smuggle("a negative length", `${OK}Content-Length: -1\r\n\r\n`),
  smuggle("a length of 20 digits", `${OK}Content-Length: 99999999999999999999\r\n\r\n`),
  smuggle("a folded field", `${OK}X: a\r\n b\r\n\r\n`),
  smuggle("a folded Host", "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n 127.0.0.1\r\n\r\n"),
  smuggle("lines that end with LF", "GET /healthz HTTP/1.1\nHost: 127.0.0.1\n\n", ["400", "505", "closed"]),
  smuggle("one line that ends with LF", "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\nX: y\r\n\r\n"),
  smuggle("a space before the colon", "GET /healthz HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n"),
  smuggle("an unknown coding", `${OK}Transfer-Encoding: xchunked\r\n\r\n`),
  smuggle("a chunk of 2⁶⁴", `${OK}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx`, [
    ...REFUSED,
    "200",
    "200,400",
  ]),
  smuggle("no Host", "GET /healthz HTTP/1.1\r\n\r\n"),
  smuggle("two Hosts", `${OK}Host: evil.example\r\n\r\n`, [...REFUSED, "403"]),
  smuggle("two Hosts, the other way round", `GET / HTTP/1.1\r\nHost: evil.example\r\n${HOST}\r\n`, [...REFUSED, "403"]),
  smuggle("a whole URL and a stranger's Host", "GET http://127.0.0.1/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", ["403"]),
  smuggle("an authority", `CONNECT 127.0.0.1:80 HTTP/1.1\r\n${HOST}\r\n`, [...REFUSED, "405"]),
  smuggle("an authority to GET", `GET 127.0.0.1:80 HTTP/1.1\r\n${HOST}\r\n`),
  smuggle("OPTIONS *", `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, [...REFUSED, "405"]),
  smuggle("a body that nobody wants", `POST / HTTP/1.1\r\n${HOST}Content-Length: 9\r\n\r\n123456789`, ["405"]),
  smuggle("a body of 100 MB", `POST / HTTP/1.1\r\n${HOST}Content-Length: 100000000\r\n\r\n${"x".repeat(99_999)}`, [
    "413",
  ]),
  smuggle(
    "a page's messages without their lengths",
    `POST /link?id=${ID} HTTP/1.1\r\n${HOST}Content-Length: 9\r\n\r\n123456789`,
    ["400"],
  ),
  smuggle(
    "a page's messages that claim 2⁶⁴ bytes",
    `POST /link?id=${ID} HTTP/1.1\r\n${HOST}Content-Length: 8\r\n\r\n${"\xff".repeat(4)}`,
    ["400", "closed"],
  ),
  smuggle("another's conversation", `POST /link?id=${ID}&take=1 HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`, ["410"]),
  smuggle("three at once", `${OK}\r\n`.repeat(3), ["200", "closed"]),
  smuggle("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  smuggle("no HTTP", "\0\x01\x02\r\n\r\n"),
];

/** Ways out of what is served. */
export const PATHS: readonly HttpCase[] = [
  "/../../etc/passwd",
  "/%2e%2e/%2e%2e/etc/passwd",
  "/..%2f..%2fetc%2fpasswd",
  "/./../src/main.ts",
  "//evil.example/ws",
  "/\\evil.example",
  "/%00",
  "/%zz",
  "/\xff\xfe",
  "/stream/../state/../../x",
  "/ws/",
  "/STREAM",
].map((path) => ({ name: `path ${JSON.stringify(path)}`, bytes: get(path), may: ["404", "400", "closed"] }));

/** Too much of what is allowed. */
export const BOMBS: readonly HttpCase[] = [
  { name: "a path with a NUL", bytes: get("/\0"), may: ["400", "505", "closed"] },
  { name: "a path of 7 KiB", bytes: get(`/${"a".repeat(7000)}`), may: ["404", "414", "431"] },
  { name: "a path of 64 KiB", bytes: get(`/${"a".repeat(65_000)}`), may: ["414", "431", "closed"] },
  { name: "a path of 1 MiB", bytes: get(`/${"a".repeat(1 << 20)}`), may: ["414", "431", "closed"] },
  { name: "3000 parameters", bytes: get(`/healthz?${"a=b&".repeat(3000)}`), may: ["200", "414", "431"] },
  { name: "a field of 9 kB", bytes: `${OK}X: ${"a".repeat(9000)}\r\n\r\n`, may: ["200", "431"] },
  { name: "a field of 64 kB", bytes: `${OK}X: ${"a".repeat(65_000)}\r\n\r\n`, may: ["431", "closed"] },
  { name: "2000 fields", bytes: `${OK}${"X: 1\r\n".repeat(2000)}\r\n`, may: ["431", "closed"] },
  { name: "fields without end", bytes: `${OK}${"X: aaaaaaaaaaaaaaaa\r\n".repeat(40_000)}`, may: ["431", "closed"] },
];

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\n${HOST}\r\n`;
}
