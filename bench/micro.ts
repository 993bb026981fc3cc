/** What the encoder makes of a picture, and how long the program takes to start. See README.md. */

import { BITS } from "./micro/bits.ts";
import { START } from "./micro/start.ts";
import { runBenches } from "./runner/bench.ts";

await runBenches(BITS, START);
