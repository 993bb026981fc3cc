/** What the compiled program carries inside, and the folder that it unpacks to. */

export { cacheFolder } from "./bundle/cache-folder.ts";
export {
  type BundledFfmpeg,
  bundledFfmpeg,
  CACHE_HINT,
  clearCache,
  provideFfmpeg,
  unpackFfmpeg,
} from "./bundle/ffmpeg.ts";
