import { readFileSync } from "node:fs";
import { join } from "node:path";

const TEXT = readFileSync(join(import.meta.dir, "../../docs/integrations.md"), "utf8");
/** What stands for a running lanvid's page there. */
const ADDRESS = "10.0.0.4:8080";

/**
 * The blocks of code in a section of docs/integrations.md, for a lanvid whose page is elsewhere.
 * @param heading as it stands there
 * @throws Error when there is no such section, or no code in it
 */
export function blocksOf(heading: string, language: string, address: string): string[] {
  const [, section] = TEXT.split(`\n## ${heading}\n`);
  const end = section?.indexOf("\n## ") ?? -1;
  const text = end < 0 ? section : section?.slice(0, end);
  const blocks = [...(text ?? "").matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].filter(([, found]) => found === language);
  if (blocks.length === 0) {
    throw new Error(`docs/integrations.md has no ${language} under "${heading}"`);
  }
  return blocks.map(([, , code = ""]) => code.replaceAll(ADDRESS, address));
}

/** The lines of such a block. */
export function linesOf(heading: string, language: string, address: string): string[] {
  return blocksOf(heading, language, address).flatMap((block) => block.trim().split("\n"));
}
