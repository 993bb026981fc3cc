import { Lanvid, type Program } from "../../test/support/lanvid.ts";
import { BOUND } from "../runner/child.ts";

/** A running `lanvid serve test` and where it is reached. Ended by `await using`. */
export interface BenchServer extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly http: number;
}

export interface RunOptions {
  /** Words before the command, such as `ip netns exec NAME`. */
  readonly within?: readonly string[];
  /** Which lanvid; without it, this one. */
  readonly program?: Program;
}

/** Starts `lanvid serve test`. */
export async function startServer(
  args: readonly string[],
  { within = [], program = {} }: RunOptions = {},
): Promise<BenchServer> {
  const lanvid = new Lanvid(["serve", "test", "--port", "0", "--http", "0", ...args], {
    ...program,
    within: [...BOUND, ...within],
  });
  try {
    const { port, http } = await lanvid.event("ready");
    return {
      pid: lanvid.child.pid,
      port: Number(port),
      http: Number(http),
      [Symbol.asyncDispose]: () => lanvid[Symbol.asyncDispose](),
    };
  } catch (error) {
    await lanvid[Symbol.asyncDispose]();
    throw error;
  }
}
