import { Lanvid } from "../../test/support/lanvid.ts";
import { BOUND } from "./child.ts";

/** A running `lanvid serve test` and where it is reached. Ended by `await using`. */
export interface BenchServer extends AsyncDisposable {
  readonly port: number;
  readonly http: number;
}

/** Starts `lanvid serve test`. @param within words before the command, such as `ip netns exec NAME` */
export async function startServer(args: readonly string[], within: readonly string[] = []): Promise<BenchServer> {
  const lanvid = new Lanvid(["serve", "test", "--port", "0", "--http", "0", ...args], {
    within: [...BOUND, ...within],
  });
  try {
    const ready = await lanvid.event("ready");
    const { port, http } = ready as unknown as { readonly port: number; readonly http: number };
    return { port, http, [Symbol.asyncDispose]: () => lanvid[Symbol.asyncDispose]() };
  } catch (error) {
    await lanvid[Symbol.asyncDispose]();
    throw error;
  }
}
