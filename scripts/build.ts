/**
 * npm run build: compiles lanvid into one file.
 *   (nothing)      for this machine: dist/lanvid
 *   --all          for every target, from any of them: dist/TARGET/lanvid
 *   --target NAME  for one of them; repeatable
 *   --slim         without ffmpeg: dist/slim/lanvid, dist/TARGET-slim/lanvid
 */
import { statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parseArgs } from "node:util";
import { compile } from "./build/compile.ts";
import { ROOT } from "./build/packages.ts";
import { packedCanvas, packedFfmpeg } from "./build/packed.ts";
import { programName, TARGETS, type Target, thisTarget } from "./build/targets.ts";

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    slim: { type: "boolean", default: false },
    target: { type: "string", multiple: true, default: [] },
  },
});

// What is inside is compressed for all targets at once: that takes longest, once.
await Promise.all(wanted().flatMap(({ target }) => [packedCanvas(target), values.slim ? null : packedFfmpeg(target)]));
for (const { target, folder } of wanted()) {
  const outfile = join(ROOT, "dist", folder, programName(target));
  await compile(target, { outfile, withFfmpeg: !values.slim });
  const carries = values.slim || target.ffmpeg === null ? "without ffmpeg" : `with ffmpeg ${target.ffmpeg.version}`;
  console.log(`${relative(ROOT, outfile)}: ${(statSync(outfile).size / 1e6).toFixed(1)} MB, ${carries}`);
}

if (!values.all && values.target.length === 0) {
  const [{ target, folder } = { target: thisTarget(), folder: "" }] = wanted();
  const program = relative(process.cwd(), join(ROOT, "dist", folder, programName(target)));
  console.log(`try: ${join(".", sep)}${program} serve`);
}

/** What to build, and in which folder of dist. */
function wanted(): { readonly target: Target; readonly folder: string }[] {
  const named = values.target.map((name) => {
    const target = TARGETS.find((one) => one.name === name);
    if (target === undefined) {
      throw new Error(`there is no target "${name}": it is one of ${TARGETS.map((one) => one.name).join(", ")}`);
    }
    return target;
  });
  const targets = values.all ? TARGETS : named;
  if (targets.length === 0) {
    return [{ target: thisTarget(), folder: values.slim ? "slim" : "" }];
  }
  return targets.map((target) => ({ target, folder: values.slim ? `${target.name}-slim` : target.name }));
}
