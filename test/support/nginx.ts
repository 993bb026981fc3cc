// Parts: nginx
/** A real reverse proxy. */

import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "./wait.ts";

export interface Nginx extends AsyncDisposable {
  readonly port: number;
}

/** @param locations what is in nginx's `server { … }` beside `receive` */
export async function startNginx(locations: string): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), "lanvid-nginx-"));
  const port = freePort();
  // Its worker is another user, where it is started as root.
  await chmod(folder, 0o711);
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  await writeFile(
    join(folder, "conf"),
    `pid ${folder}/pid; error_log ${folder}/error; events {}
     http { access_log off; ${folders.join(" ")} server { listen 127.0.0.1:${port}; ${locations} } }`,
  );
  const nginx = Bun.spawn(["nginx", "-e", `${folder}/error`, "-c", join(folder, "conf"), "-g", "daemon off;"], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  await waitFor("nginx", async () => {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).catch(() => null);
    socket?.end();
    return socket !== null;
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      nginx.kill();
      await nginx.exited;
      await rm(folder, { recursive: true });
    },
  };
}

/** One that was free a moment ago: nginx can't say which one it took. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
