/** What the compiled program carries inside, and the folder that it unpacks to. */

export { cacheFolders } from "./bundle/cache-folder.ts";
export { type BundledCanvas, prepareCanvas, provideCanvas } from "./bundle/canvas.ts";
export { type BundledFfmpeg, bundledFfmpeg, CACHE_HINT, provideFfmpeg, unpackFfmpeg } from "./bundle/ffmpeg.ts";
export { isOurs } from "./bundle/ownership.ts";
export { clearCache } from "./bundle/unpack.ts";
