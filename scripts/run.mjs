// node scripts/run.mjs FILE [argument…]: sets up what is missing for a bench, or another program that needs parts, and
// runs it.

import { resolve } from "node:path";
import { pathOf } from "./parts/find.mjs";
import { installParts } from "./parts/install.mjs";
import { partsOf } from "./parts/needs.mjs";
import { root, runBun, setUp } from "./setup.mjs";

const [name, ...args] = process.argv.slice(2);
const file = resolve(root, name);
const bun = setUp();
const parts = partsOf([file]);
await installParts(parts);
await runBun(bun, [file, ...args], { PATH: pathOf(parts) });
