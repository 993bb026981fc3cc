// Runs "bun test" and says what came out.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { pathOf } from "./parts/find.mjs";
import { partsOf } from "./parts/needs.mjs";
import { root } from "./setup.mjs";

/** What a run of tests came to; `failures` are the lines that name what failed. */
export class Tally {
  passed = 0;
  failed = 0;
  failures = [];

  add({ passed, failed, failures = [] }) {
    this.passed += passed;
    this.failed += failed;
    this.failures.push(...failures);
  }

  /** Prints what failed and the counts, and sets the exit code by them. */
  end() {
    if (this.failures.length > 0) {
      console.log(["failed:", ...this.failures.map((line) => `  ${line}`)].join("\n"));
    }
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}

/**
 * Runs test files. Those that need the same parts run in one process, on whose PATH nothing else is; those that need
 * least come first.
 * @param {string} bun its path
 * @param {readonly string[]} files
 * @param {readonly string[]} options for "bun test"
 * @returns {Promise<Tally>}
 */
export async function runTests(bun, files, options) {
  const groups = new Map();
  for (const file of files) {
    // Of files in which no test has the name that is asked for, Bun complains only where none of all has it.
    const key = partsOf(isByName(options) ? files : [file]).join(",");
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const tally = new Tally();
  for (const [key, group] of [...groups].sort(([one], [other]) => one.split(",").length - other.split(",").length)) {
    const names = key === "" ? [] : key.split(",");
    tally.add(await bunTest(bun, [...options, ...group.map((file) => `./${file}`)], pathOf(names)));
  }
  return tally;
}

function isByName(options) {
  return options.some((word) => /^(-t|--test-name-pattern)\b/.test(word));
}

/** Reads the counts that Bun prints at the end; no counts, or a skipped test, are a failure. */
async function bunTest(bun, args, PATH) {
  const env = { ...process.env, PATH };
  const child = spawn(bun, ["test", "--timeout=180000", ...args], {
    cwd: root,
    env,
    stdio: ["ignore", "inherit", "pipe"],
  });
  let output = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text) => {
    process.stderr.write(text);
    output += text;
  });
  const [status] = await once(child, "close");
  const count = (word) => Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(output.slice(-10_000))?.[1] ?? 0);
  const passed = count("pass");
  const failed = count("fail") + count("skip") + count("todo");
  const failures = new Set(output.match(/^\((?:fail|skip|todo)\) .*$/gm));
  return { passed, failed: status === 0 && passed > 0 ? failed : Math.max(1, failed), failures: [...failures] };
}
