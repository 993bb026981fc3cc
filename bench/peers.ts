/** Other programs: on the encoder that lanvid uses, reading lanvid's stream, and the classic Python ones. See README.md. */

import { CHAINS } from "./peers/chains.ts";
import { CLASSIC } from "./peers/classic.ts";
import { READERS } from "./peers/readers.ts";
import { runBenches } from "./runner/bench.ts";

await runBenches(CHAINS, READERS, CLASSIC);
