// Parts: ffmpeg
/** An RTSP camera of which a test says by which transports it sends, and whether that arrives. */

import type { Socket, Subprocess, TCPSocketListener, udp } from "bun";
import { Folder } from "./stand-in.ts";
import { waitFor } from "./wait.ts";

/** `sends`: packets come; `silent`: it is granted, and nothing comes; `refused`: 461; `hangs up` instead of an answer. */
export type Transport = "sends" | "silent" | "refused" | "hangs up";

export interface RtspOptions {
  readonly tcp: Transport;
  readonly udp: Transport;
}

const SESSION = "Session: 1;timeout=60\r\n";

interface Client {
  text: string;
  how: "tcp" | "udp" | null;
  port: number;
}

export class RtspCamera implements AsyncDisposable {
  /** What it was asked for, in order: "udp", "tcp". */
  readonly asked: string[] = [];
  readonly #options: RtspOptions;
  readonly #folder = new Folder();
  readonly #playing = new Set<Socket<Client>>();
  #sdp = "";
  #ffmpeg: Subprocess | undefined;
  #rtp: udp.Socket<"buffer"> | undefined;
  #server: TCPSocketListener<Client> | undefined;

  private constructor(options: RtspOptions) {
    this.#options = options;
  }

  /** A camera of 320x240, 15 pictures a second, a key frame each second. */
  static async open(options: RtspOptions): Promise<RtspCamera> {
    const camera = new RtspCamera(options);
    await camera.#open();
    return camera;
  }

  get url(): string {
    return `rtsp://127.0.0.1:${this.#server?.port}/cam`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.stop(true);
    this.#rtp?.close();
    this.#ffmpeg?.kill("SIGKILL");
    await this.#ffmpeg?.exited;
    this.#folder[Symbol.dispose]();
  }

  async #open(): Promise<void> {
    const rtp = await Bun.udpSocket({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (_socket, packet) => this.#send(packet) },
    });
    this.#rtp = rtp;
    const file = `${this.#folder.path}/sdp`;
    const input = ["-re", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=15"];
    const encode = [
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-tune",
      "zerolatency",
      "-g",
      "15",
      "-pix_fmt",
      "yuv420p",
    ];
    const output = ["-f", "rtp", "-sdp_file", file, `rtp://127.0.0.1:${rtp.port}?pkt_size=1200`];
    this.#ffmpeg = Bun.spawn(
      [Bun.which("ffmpeg") as string, "-loglevel", "error", "-nostdin", ...input, ...encode, ...output],
      { stdout: "ignore", stderr: "ignore", stdin: "ignore" },
    );
    const read = async () => {
      const text = (await Bun.file(file).exists()) ? await Bun.file(file).text() : "";
      return text.includes("a=fmtp") ? text : null;
    };
    const lines = (await waitFor("the camera's description", read)).split(/\r?\n/);
    this.#sdp = [...lines.filter((line) => line !== "" && !line.startsWith("SDP:")), "a=control:trackID=0", ""]
      .map((line) => (line.startsWith("m=video") ? "m=video 0 RTP/AVP 96" : line))
      .join("\r\n");
    this.#server = Bun.listen<Client>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = { text: "", how: null, port: 0 };
        },
        data: (socket, bytes) => this.#read(socket, bytes),
        close: (socket) => void this.#playing.delete(socket),
      },
    });
  }

  #send(packet: Uint8Array): void {
    for (const socket of this.#playing) {
      if (socket.data.how === "tcp" && this.#options.tcp === "sends") {
        socket.write(Buffer.concat([Uint8Array.of(0x24, 0, packet.length >> 8, packet.length & 0xff), packet]));
      } else if (socket.data.how === "udp" && this.#options.udp === "sends") {
        try {
          this.#rtp?.send(packet, socket.data.port, "127.0.0.1");
        } catch (error) {
          // The port of one that has gone; its connection ends a moment later.
          if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") {
            throw error;
          }
        }
      }
    }
  }

  #read(socket: Socket<Client>, bytes: Uint8Array): void {
    if (bytes[0] === 0x24) {
      return;
    }
    const client = socket.data;
    client.text += Buffer.from(bytes).toString("latin1");
    for (let end = client.text.indexOf("\r\n\r\n"); end >= 0; end = client.text.indexOf("\r\n\r\n")) {
      const request = client.text.slice(0, end);
      client.text = client.text.slice(end + 4);
      this.#answer(socket, request);
    }
  }

  #answer(socket: Socket<Client>, request: string): void {
    const sequence = /^CSeq: *\d+/im.exec(request)?.[0] ?? "";
    const reply = (status: string, headers: string, body = "") => {
      const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
      socket.write(`RTSP/1.0 ${status}\r\n${sequence}\r\n${headers}${length}\r\n${body}`);
    };
    const method = /^\w+/.exec(request)?.[0];
    if (method === "DESCRIBE") {
      reply("200 OK", "Content-Type: application/sdp\r\n", this.#sdp);
    } else if (method === "SETUP") {
      this.#setUp(socket, request, reply);
    } else {
      reply("200 OK", method === "OPTIONS" ? "Public: DESCRIBE, SETUP, TEARDOWN, PLAY\r\n" : SESSION);
    }
    if (method === "PLAY") {
      this.#playing.add(socket);
    }
  }

  #setUp(socket: Socket<Client>, request: string, reply: (status: string, headers: string) => void): void {
    const transport = /^Transport: *(.*)$/im.exec(request)?.[1] ?? "";
    const how = transport.includes("TCP") ? "tcp" : "udp";
    this.asked.push(how);
    const does = this.#options[how];
    if (does === "hangs up") {
      socket.end();
      return;
    }
    if (does === "refused") {
      reply("461 Unsupported Transport", "");
      return;
    }
    const port = Number(/client_port=(\d+)/.exec(transport)?.[1] ?? 0);
    const own = this.#rtp?.port ?? 0;
    socket.data = { ...socket.data, how, port };
    const udp = `RTP/AVP;unicast;client_port=${port}-${port + 1};server_port=${own}-${own + 1}`;
    const granted = how === "tcp" ? "RTP/AVP/TCP;unicast;interleaved=0-1" : udp;
    reply("200 OK", `Transport: ${granted}\r\n${SESSION}`);
  }
}
