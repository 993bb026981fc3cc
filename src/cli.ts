/** TODO cli */

export { main } from "./cli/program.ts";
