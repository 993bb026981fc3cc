// npm start: sets up what is missing, then runs lanvid. Without a command it streams: npm start -- screen --fps 15 is
// "lanvid serve screen --fps 15", and npm start -- watch 10.0.0.4 is "lanvid watch 10.0.0.4".
import { join } from "node:path";
import { root, runBun, setUp } from "./setup.mjs";

const COMMANDS = ["serve", "watch", "push", "receive", "listen", "devices", "doctor"];
const OTHERS = ["help", "version", "--help", "-h", "--version", "-V", "-v"];

const args = process.argv.slice(2);
const isWhole = [...COMMANDS, ...OTHERS].includes(args[0] ?? "");
await runBun(setUp(), [join(root, "src/main.ts"), ...(isWhole ? args : ["serve", ...args])]);
