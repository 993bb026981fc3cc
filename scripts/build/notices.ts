import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { locked, ROOT } from "./packages.ts";
import { FFMPEG_LICENCE, type Target, thisTarget } from "./targets.ts";

/** The names of all packages whose code is inside the program: `dependencies`, and theirs. */
export function packagesInside(): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const names = new Set<string>();
  const waiting = Object.keys(dependencies);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (!names.has(name)) {
      names.add(name);
      waiting.push(...Object.keys(locked(name).dependencies ?? {}));
    }
  }
  return [...names].sort();
}

/**
 * What must be said of others' work in a target's program, with their licences' texts.
 * @throws Error when a package has no licence's text
 */
export function notices(target: Target): string {
  const licence = (name: string) => readFileSync(join(import.meta.dir, "licences", name), "utf8");
  const parts = [
    "lanvid is under the MIT licence (LICENSE). It contains the work of others:",
    ...packagesInside().map((name) => {
      const { version, license } = locked(name);
      return `${name} ${version} (${license})\n\n${licenceText(name)}`;
    }),
    `${licence("skia.txt")}\n${librariesInCanvas().join("\n")}`,
    licence("bun.txt"),
  ];
  if (target.ffmpeg !== null) {
    parts.push(`ffmpeg ${target.ffmpeg.version} (${FFMPEG_LICENCE})

A program of its own, which lanvid carries compressed, unpacks and runs. Built by others: ${target.ffmpeg.origin},
published in the npm package ${target.ffmpeg.package} ${locked(target.ffmpeg.package).version}. Its sources are at
https://ffmpeg.org/download.html, by the commit at the end of its version.

${licence("gpl-3.0.txt")}`);
  }
  parts.push(`GNU Lesser General Public License 2.1, of WebKit inside Bun\n\n${licence("lgpl-2.1.txt")}`);
  return `${parts.map((part) => part.trim()).join(`\n\n${"=".repeat(80)}\n\n`)}\n`;
}

/** What is linked into canvas' native library, by the list in its package (https://cyclonedx.org): all systems' are alike. */
function librariesInCanvas(): string[] {
  const list = join(ROOT, "node_modules", thisTarget().canvas.package, "sbom.cdx.json");
  const { components } = JSON.parse(readFileSync(list, "utf8")) as { components: readonly Component[] };
  const lines = components.flatMap(({ name, version = "", licenses = [] }) => {
    const words = licenses.map(({ expression, license }) => expression ?? license?.id ?? license?.name);
    return words.length === 0 ? [] : [`${name} ${version} (${words.join(", ")})`];
  });
  return lines.sort();
}

interface Component {
  readonly name: string;
  readonly version?: string;
  readonly licenses?: readonly {
    readonly expression?: string;
    readonly license?: { readonly id?: string; readonly name?: string };
  }[];
}

function licenceText(name: string): string {
  const folder = join(ROOT, "node_modules", name);
  const file = existsSync(folder) && readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (!file) {
    throw new Error(`the package "${name}" has no licence's text`);
  }
  return readFileSync(join(folder, file), "utf8");
}
