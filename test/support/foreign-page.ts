/** A page of another site that wants to show a stream, by all that HTML has for it. */

/** All there is in HTML that asks for something without being asked; and what each of them has become. */
const ELEMENTS = `
  <script>
    window.outcomes = {};
    const became = (id, what) => { outcomes[id] = what; };
  </script>
  <link id="prefetch" rel="prefetch" href="TARGET/snapshot">
  <img id="snapshot" src="TARGET/snapshot" TELLS POLICY>
  <img id="stream" src="TARGET/stream" TELLS POLICY>
  <img id="action" src="TARGET/?action=stream" TELLS POLICY>
  <img id="cors" crossorigin src="TARGET/snapshot" TELLS POLICY>
  <video id="film" muted autoplay src="TARGET/stream.mp4"
    onloadeddata="became(this.id, 'shown'); this.removeAttribute('src'); this.load()" onerror="became(this.id, 'kept')"></video>
  <iframe id="page" src="TARGET/" POLICY></iframe>
  <iframe id="framed-stream" src="TARGET/stream" POLICY></iframe>
  <iframe id="framed-snapshot" src="TARGET/snapshot" POLICY></iframe>
  <iframe id="framed-film" src="TARGET/stream.mp4" POLICY></iframe>
  <object id="object" data="TARGET/snapshot"></object>
  <embed id="embed" src="TARGET/stream">
  <script>
    for (const mode of ["no-cors", "cors"]) {
      for (const path of ["snapshot", "stream"]) {
        const abort = new AbortController();
        fetch("TARGET/" + path, { mode, signal: abort.signal })
          .then(() => became(mode + path, "shown"), () => became(mode + path, "kept"))
          .finally(() => abort.abort());
      }
    }
    const socket = new WebSocket("TARGET/ws".replace("http", "ws"));
    socket.onopen = () => became("socket", "shown");
    socket.onerror = () => became("socket", "kept");
    setInterval(() => fetch("/report", { method: "POST", body: JSON.stringify(outcomes) }), 500);
  </script>`;
/** How many of them say what has become of them. */
export const OUTCOMES = 10;
/** What was shown makes room for the next: browsers have six connections to a host. */
const TELLS = `onload="became(this.id, 'shown'); this.removeAttribute('src')" onerror="became(this.id, 'kept')"`;

/** Its server, on this machine. */
export interface ForeignPage extends AsyncDisposable {
  readonly port: number;
  /** What an open page said last of what has become of its elements: `shown` or `kept`, by their ids. */
  readonly outcomes: Readonly<Record<string, string>>;
}

/** Serves it as `/?target=ORIGIN`; with `&hides` it does not say where it is from. */
export function foreignPage(): ForeignPage {
  let outcomes: Record<string, string> = {};
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/report") {
        outcomes = (await request.json()) as Record<string, string>;
        return new Response(null, { status: 204 });
      }
      const policy = searchParams.has("hides") ? 'referrerpolicy="no-referrer"' : "";
      const html = ELEMENTS.replaceAll("TARGET", searchParams.get("target") ?? "")
        .replaceAll("TELLS", TELLS)
        .replaceAll("POLICY", policy);
      const headers = { "Content-Type": "text/html", ...(policy !== "" && { "Referrer-Policy": "no-referrer" }) };
      return new Response(`<!doctype html>${html}`, { headers });
    },
  });
  return {
    port: server.port as number,
    get outcomes() {
      return outcomes;
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
