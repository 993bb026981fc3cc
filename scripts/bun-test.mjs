// Runs "bun test" and says what came out.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { root } from "./setup.mjs";

/**
 * Runs tests and reads the counts that Bun prints at the end; no counts, or a skipped test, are a failure.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runTests(bun, args) {
  const child = spawn(bun, ["test", ...args], { cwd: root, stdio: ["ignore", "inherit", "pipe"] });
  let output = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text) => {
    process.stderr.write(text);
    output = (output + text).slice(-100_000);
  });
  const [status] = await once(child, "close");
  const count = (word) => Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(output)?.[1] ?? 0);
  const passed = count("pass");
  const failed = count("fail") + count("skip") + count("todo");
  return { passed, failed: status === 0 && passed > 0 ? failed : Math.max(1, failed) };
}
