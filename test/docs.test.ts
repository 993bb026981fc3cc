import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { CLI_DOCUMENT, cliDocument } from "../scripts/docs.ts";

const ROOT = join(import.meta.dir, "..");

test("docs/cli.md is what the program prints (else: npm run docs)", () => {
  expect(readFileSync(CLI_DOCUMENT, "utf8")).toBe(cliDocument());
});

test("no help line is wider than 80 columns", () => {
  const inHelp = [...cliDocument().matchAll(/```\n([\s\S]*?)```/g)].flatMap(([, text]) => (text as string).split("\n"));

  expect(inHelp.length).toBeGreaterThan(50);
  expect(inHelp.filter((line) => line.length > 80)).toEqual([]);
});

test("every link between the documents leads somewhere", () => {
  const documents = ["*.md", "docs/*.md", "bench/*.md"].flatMap((pattern) => [...new Glob(pattern).scanSync(ROOT)]);

  const broken = documents.flatMap((path) =>
    [...readFileSync(join(ROOT, path), "utf8").matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)]
      .map(([, target]) => join(dirname(path), target as string))
      .filter((target) => !existsSync(join(ROOT, target)))
      .map((target) => `${path}: ${target}`),
  );

  expect(documents).toContain("README.md");
  expect(broken).toEqual([]);
});

test("every dependency has its reason in docs/dependencies.md", () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Record<
    string,
    Record<string, string>
  >;
  const reasons = readFileSync(join(ROOT, "docs/dependencies.md"), "utf8");
  const groups = ["dependencies", "optionalDependencies", "devDependencies"] as const;

  const packages = groups.flatMap((group) => Object.entries(manifest[group] ?? {}));

  expect(packages.length).toBeGreaterThan(5);
  for (const [name, version] of packages) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(reasons).toContain(name.startsWith("@ffmpeg-installer/") ? "@ffmpeg-installer" : `\`${name}\``);
  }
});
