import type { VisitorLimits } from "../../access.ts";
import type { Log } from "../../log.ts";
import type { Stream } from "../../stream.ts";
import type { Clock, Ms } from "../../time.ts";

export interface ViewerOptions {
  readonly stream: Stream;
  /** Ports to try, in this order; 0 is any free one. */
  readonly ports: readonly number[];
  /** The address to listen on: "0.0.0.0" or "::" for all, "127.0.0.1" for this machine only. */
  readonly hostname: string;
  /** May a peer at this address use us? IPv4-mapped addresses are given as IPv4. */
  readonly admits: (address: string) => boolean;
  /** A peer was sent away, since `admits` said no. */
  readonly onRefused: (address: string) => void;
  /** Names besides our own that a browser may reach us by. */
  readonly allowedHosts: readonly string[];
  /** Origins, such as `https://dash.example:8123`, whose pages may show what is served. */
  readonly allowedEmbedders: readonly string[];
  /** The delay that viewers are promised at most, in ms. */
  readonly maxDelayMs: number;
  /** The port of the TCP stream, or null where there is none. */
  readonly streamPort: () => number | null;
  /** How many may be connected; without it, all. */
  readonly limits?: VisitorLimits;
  /** Who was turned away, for `/metrics`. */
  readonly refusals?: {
    count(reason: string): void;
    readonly counts: ReadonlyMap<string, number>;
    /** A page of another site was refused; its origin, or null where the browser does not tell it. @param hint what to do */
    foreignPage(origin: string | null, hint: string): void;
    /** A browser asked for us by a name that is not ours. @param host as it said it @param hint what to do */
    foreignHost(host: string, hint: string): void;
  };
  /** Told of each page that gets the stream by requests, since what is in between passes no WebSocket. */
  readonly onPolling?: (address: string) => void;
  /** Told who takes a picture, each time. */
  readonly onPicture?: (address: string) => void;
  readonly log: Log;
  readonly clock?: Clock;
}

/** What the endpoints know besides their request. */
export interface Context {
  readonly options: ViewerOptions;
  /** The port that we listen on. */
  readonly port: number;
  readonly clock: Clock;
  /** When we began, by `clock`. */
  readonly startedAt: Ms;
}

/** One request, as the endpoints see it. */
export interface Visit {
  readonly request: Request;
  readonly url: URL;
  /** The peer's address, an IPv4-mapped one as IPv4. */
  readonly address: string;
  /** The peer's port. */
  readonly port: number;
}
