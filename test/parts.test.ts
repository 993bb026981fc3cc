// Parts: apt, node
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Glob } from "bun";
import { pathOf } from "../scripts/parts/find.mjs";
import { PARTS } from "../scripts/parts/list.mjs";
import { partsOf } from "../scripts/parts/needs.mjs";
import { Folder } from "./support/stand-in.ts";

const ROOT = join(import.meta.dir, "..");
const SOURCES = ["test", "bench"].flatMap((folder) => [...new Glob(`${folder}/**/*.ts`).scanSync(ROOT)]).map(read);
const PROGRAMS = Object.values(PARTS).flatMap(({ programs = [] }) =>
  programs.map((program) => ({ program, name: basename(program) })),
);

/** A file's code without comments, and whether it declares the part that has this program or file. */
function read(path: string) {
  const code = readFileSync(join(ROOT, path), "utf8").replace(/(?<!\w)\/\*[\s\S]*?\*\/|(?<![:"'`])\/\/.*$/gm, "");
  const parts = partsOf([path]).map((name) => PARTS[name]);
  const declares = (used: string) => parts.some((part) => [part?.programs, part?.files].flat().includes(used));
  return { path, code, declares };
}

function isInMinimalDebian(name: string): boolean {
  return Bun.which(name, { PATH: pathOf([]) }) !== null;
}

describe("what a file of test or bench starts or opens, it declares", () => {
  test("by name", () => {
    const missing = SOURCES.flatMap(({ path, code, declares }) => {
      const strangers = [
        ...code.matchAll(/\bBun\.(?:spawn|spawnSync|which)\(\s*\[?(?:\.\.\.(?:BOUND|within), )*"(\w[^"/ ]*)"/g),
      ]
        .map(([, name]) => name as string)
        .filter((name) => !PROGRAMS.some((known) => known.name === name) && !isInMinimalDebian(name));
      const undeclared = PROGRAMS.filter(({ program }) => !declares(program))
        .map(({ name }) => name)
        .filter((name) => new RegExp(`\\[\\s*["'\`]${name}["'\`]|["'\`]${name} -`).test(code));
      return [...strangers, ...undeclared].map((name) => `${path}: ${name}`);
    });

    expect(missing).toEqual([]);
  });

  test("by path", () => {
    const missing = SOURCES.flatMap(({ path, code, declares }) =>
      [...code.matchAll(/["'`](\/(?:usr|s?bin|lib\w*)\/[^"'`\s]+)| (\/(?:usr|s?bin)\/[^"'`\s]+)/g)]
        .map(([, atStart, later]) => (atStart ?? later) as string)
        .filter((used) => !declares(used) && !isEssentialPath(used))
        .map((used) => `${path}: ${used}`),
    );

    expect(missing).toEqual([]);

    function isEssentialPath(used: string): boolean {
      return /^(\/usr)?\/s?bin\/[^/]+$/.test(used) && isInMinimalDebian(basename(used));
    }
  });

  test("also for the programs of its own that it starts", () => {
    const missing = SOURCES.flatMap(({ path, code }) => {
      const children = [...code.matchAll(/\bnew Child(?:<[^(]*>)?\("([^"]+)"/g)].map(([, name]) => name);
      const needed = partsOf(children.map((name) => `bench/support/${name}`));
      return needed.filter((name) => !partsOf([path]).includes(name)).map((name) => `${path}: ${name}`);
    });

    expect(missing).toEqual([]);
  });

  test("npm run bench what each bench declares", () => {
    const benches = SOURCES.map(({ path }) => path).filter((path) => /^bench\/[\w-]+\.ts$/.test(path));

    expect(benches.length).toBeGreaterThan(10);
    expect(partsOf(["bench/run.ts"])).toEqual(partsOf(benches));
  });
});

/** Runs a test file of these lines as `npm test -- FILE` does, on a machine that has Node.js and nothing else. */
async function run(...lines: string[]) {
  using folder = new Folder();
  return await npmTest(folder.write("some.test.ts", [IMPORT, ...lines].join("\n")));
}

async function npmTest(...args: string[]) {
  const child = Bun.spawn(["node", "scripts/test.mjs", ...args], {
    cwd: ROOT,
    env: { ...process.env, PATH: pathOf(["apt", "node"]), CI: "" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, stdout, last: stdout.trim().split("\n").at(-1), stderr };
}

const IMPORT = 'import { expect, test } from "bun:test";';
const STARTS = 'test("starts it", () => expect(Bun.spawnSync(["apt-get", "--version"]).success).toBe(true));';

describe("a test finds", () => {
  test("no program that it does not declare, even where that is installed", async () => {
    const { code, last, stderr } = await run(STARTS);

    expect(code).toBe(1);
    expect(last).toBe("0 passed, 1 failed");
    expect(stderr).toContain('Executable not found in $PATH: "apt-get"');
  });

  test("the one that it declares", async () => {
    expect(await run("// Parts: apt", STARTS)).toMatchObject({ code: 0, last: "1 passed, 0 failed" });
  });
});

describe("a test file that is named", () => {
  test("runs alone, without checks of types and style", async () => {
    const { stdout } = await run("// Parts: apt", STARTS);

    expect(stdout).not.toContain("types");
    expect(stdout).not.toContain("style");
  });

  test("asks for what is missing of its own parts, and installs nothing unasked", async () => {
    const { code, last, stderr } = await run("// Parts: apt, ffplay, firefox", STARTS);

    expect(code).toBe(1);
    expect(last).toBe("0 passed, 1 failed");
    expect(stderr).toMatch(/apt-get install \S.* ffmpeg\b.*\n/);
    expect(stderr).toContain("lanvid: error: cannot run without ffplay");
    expect(stderr).not.toContain("chromium");
  });

  test("need not have the test that is asked for by its name, when another one has it", async () => {
    using folder = new Folder();
    const paths = [
      folder.write("one.test.ts", `// Parts: apt\n${IMPORT}\n${STARTS}`),
      folder.write("other.test.ts", `${IMPORT}\ntest("something else", () => expect(1).toBe(1));`),
    ];

    expect(await npmTest(...paths, "-t", "starts it")).toMatchObject({ code: 0, last: "1 passed, 0 failed" });
    expect(await npmTest(...paths, "-t", "nothing of all")).toMatchObject({ code: 1, last: "0 passed, 1 failed" });
  });

  test("is not run when there is no such part", async () => {
    const { code, stderr } = await run("// Parts: apt, telescope", STARTS);

    expect(code).toBe(1);
    expect(stderr).toContain('needs a part "telescope"');
  });
});
