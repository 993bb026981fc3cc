// npm start: sets up what is missing, then streams. Arguments go to "lanvid serve": npm start -- screen --fps 15
import { join } from "node:path";
import { root, runBun, setUp } from "./setup.mjs";

await runBun(setUp(), [join(root, "src/main.ts"), "serve", ...process.argv.slice(2)]);
