import { setDefaultTimeout } from "bun:test";

/** The longest that one test may take: real programs on a busy machine. Each wait inside has its own deadline. */
setDefaultTimeout(60_000);
