import { version } from "../package.json" with { type: "json" };

/** What the build wrote into a compiled program. */
export interface Build {
  /** The commit, with "-dirty" when files were changed. */
  readonly commit: string;
  /** "linux-x64" and the like. */
  readonly target: string;
}

/** Replaced by the build. */
declare const LANVID_BUILD: Build | undefined;

/** The program's version, as in package.json. */
export const VERSION: string = version;

/** Null when the program runs from its sources. */
export const BUILD: Build | null = typeof LANVID_BUILD === "undefined" ? null : LANVID_BUILD;

/** What `--version` prints: "0.1.0 (420ac8e, linux-x64)"; from the sources "0.1.0". */
export const VERSION_LINE: string = BUILD === null ? VERSION : `${VERSION} (${BUILD.commit}, ${BUILD.target})`;
