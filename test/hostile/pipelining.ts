import { Peer, statuses, UPGRADE } from "./peer.ts";
import type { Attack } from "./siege.ts";
import { keepOn } from "./stream-attacks.ts";

/** Requests without waiting for their answers: what one connection can ask for in one go. */

const AT_ONCE = 1000;
/** For how long one connection is written to, ms, should nobody close it. */
const PATIENCE_MS = 1000;

/**
 * Writes a thousand times the same request, again and again, until the connection is closed; then the next on another.
 * @param connections how many at a time
 */
function pipelining(what: string, requests: readonly string[], connections: number): Attack {
  const writes = requests.map((request) => Buffer.from(request.repeat(AT_ONCE), "latin1"));
  return {
    name: `${AT_ONCE} requests in one write, on ${connections} at a time: ${what}`,
    async run(target) {
      let turn = 0;
      let answers = 0;
      const times = await keepOn(
        target,
        async () => {
          const peer = await Peer.connect(target.http);
          const end = performance.now() + PATIENCE_MS;
          const bytes = writes[turn++ % writes.length] as Uint8Array;
          await peer.pour(bytes, () => performance.now() > end);
          answers += statuses(peer.head).split(",").length;
          peer.close();
        },
        connections,
      );
      return `${times} connections, ${answers} answers at least`;
    },
  };
}

const HOST = "Host: 127.0.0.1\r\n";
/** Everything else that is answered, or has to be read first. */
const OTHERS = [
  `HEAD / HTTP/1.1\r\n${HOST}\r\n`,
  `GET /nothing HTTP/1.1\r\n${HOST}\r\n`,
  "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
  "GET / HTTP/1.1\r\nno field\r\n\r\n",
  `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\n12345`,
  `GET / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n12345`,
  `GET /stream HTTP/1.1\r\n${HOST}\r\n`,
  `${UPGRADE}Origin: http://evil.example\r\n\r\n`,
];

export const PIPELINING: readonly Attack[] = [
  ...["/healthz", "/metrics", "/state"].flatMap((path) =>
    [1, 4].map((connections) => pipelining(path, [`GET ${path} HTTP/1.1\r\n${HOST}\r\n`], connections)),
  ),
  pipelining("HEAD, 404, 403, 400, bodies, /stream, WebSockets", OTHERS, 2),
];
