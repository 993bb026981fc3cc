// npm start: sets up what is missing, then streams. Arguments go to "lanvid serve": npm start -- screen --fps 15
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root, setUp } from "./setup.mjs";

const bun = setUp();
const child = spawn(bun, [join(root, "src/main.ts"), "serve", ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  // The terminal sends Ctrl-C to both of us; lanvid ends in order, and we with it.
  process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
}
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
