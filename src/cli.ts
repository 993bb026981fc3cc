/** The command line: words in, and out what is printed. The one room that prints, and that knows exit codes. */

export { main } from "./cli/program.ts";
