/** npm run build: compiles lanvid into one file for this machine, dist/lanvid. */
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const outfile = join(root, "dist", process.platform === "win32" ? "lanvid.exe" : "lanvid");

const result = await Bun.build({
  entrypoints: [join(root, "src/main.ts")],
  minify: true,
  bytecode: true,
  format: "esm",
  sourcemap: "linked",
  target: "bun",
  compile: {
    outfile,
    // A stranger's folder must not run code in us.
    autoloadDotenv: false,
    autoloadBunfig: false,
    autoloadTsconfig: false,
    autoloadPackageJson: false,
  },
});
for (const log of result.logs) {
  console.error(String(log));
}
if (!result.success) {
  process.exit(1);
}
const megabytes = (Bun.file(outfile).size / 1e6).toFixed(0);
console.log(`dist/lanvid: ${megabytes} MB`);
