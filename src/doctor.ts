/** Finds out what keeps lanvid from working here, or with a machine over there. */

export { clearedCache, doctor } from "./doctor/doctor.ts";
export { CONCLUSION, type Finding, type Group } from "./doctor/finding.ts";
