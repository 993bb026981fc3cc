/**
 * npm run release: builds every target and packs the archives and SHA256SUMS into dist/release. docs/release.md says
 * what comes before and after.
 */
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { compile } from "./build/compile.ts";
import { notices } from "./build/notices.ts";
import { ROOT, run } from "./build/packages.ts";
import { programName, TARGETS, type Target } from "./build/targets.ts";

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
const release = join(ROOT, "dist", "release");

rmSync(release, { recursive: true, force: true });
mkdirSync(release, { recursive: true });
const sums: string[] = [];
for (const target of TARGETS) {
  const archive = await pack(target);
  const digest = createHash("sha256")
    .update(readFileSync(join(release, archive)))
    .digest("hex");
  sums.push(`${digest}  ${archive}\n`);
  console.log(`${archive}: ${(statSync(join(release, archive)).size / 1e6).toFixed(1)} MB`);
}
writeFileSync(join(release, "SHA256SUMS"), sums.join(""));
copyFileSync(join(ROOT, "scripts/install.sh"), join(release, "install.sh"));

/** Makes a target's archive, and gives its name. */
async function pack(target: Target): Promise<string> {
  const name = `lanvid-${version}-${target.name}`;
  const folder = join(release, name);
  mkdirSync(folder);
  const program = join(folder, programName(target));
  await compile(target, { outfile: program, withFfmpeg: true });
  chmodSync(program, 0o755);
  for (const document of ["README.md", "LICENSE"]) {
    copyFileSync(join(ROOT, document), join(folder, document));
  }
  writeFileSync(join(folder, "THIRD-PARTY.txt"), notices(target));
  const archive = `${name}.${target.archive}`;
  const files = [programName(target), "README.md", "LICENSE", "THIRD-PARTY.txt"];
  if (target.archive === "zip") {
    const entries = files.map((file) => [`${name}/${file}`, new Uint8Array(readFileSync(join(folder, file)))]);
    writeFileSync(join(release, archive), zipSync(Object.fromEntries(entries), { level: 6 }));
  } else {
    run(["tar", "-czf", join(release, archive), "-C", release, ...files.map((file) => `${name}/${file}`)], ROOT);
  }
  rmSync(folder, { recursive: true });
  return archive;
}
