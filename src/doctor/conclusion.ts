import { CONCLUSION, type Finding } from "./finding.ts";

/** What can't be told from how the checks ended. */
export interface Abilities {
  /** There is a camera that may be opened. */
  readonly hasCamera: boolean;
  /** It encodes H.264, if only when asked to. */
  readonly hasH264: boolean;
}

/** What this machine can do, and what stops it, in words. */
export function conclude(findings: readonly Finding[], abilities: Abilities): Finding {
  const failed = findings.filter(({ status }) => status === "fail").map(({ check }) => check);
  const detail = failed.includes("addresses")
    ? `This machine can neither stream nor watch: ${linesOf(failed)}.`
    : [canDo(findings, failed, abilities), ...cannotDo(failed), ...reach(findings)].join(" ");
  return { check: CONCLUSION, group: "machine", status: failed.length > 0 ? "fail" : "ok", detail, hint: null };
}

function canDo(findings: readonly Finding[], failed: readonly string[], { hasCamera, hasH264 }: Abilities): string {
  const isOk = (check: string) => findings.some((finding) => finding.check === check && finding.status === "ok");
  const hasScreen = isOk("screens");
  const lacks = [
    ...(hasCamera ? [] : ["no camera"]),
    ...(hasScreen ? [] : ["no screen"]),
    ...(hasH264 ? [] : ["no H.264"]),
  ];
  const lacksWindow = isOk("view") && isOk("drawing") ? [] : ["no window"];
  if (stopsSending(failed)) {
    return sentence("This machine can watch", lacksWindow);
  }
  const sources = [
    ...(hasCamera ? ["its camera"] : []),
    ...(hasScreen ? ["its screen"] : []),
    "files",
    "the test pattern",
  ];
  const what = `${sources.slice(0, -1).join(", ")} and ${sources.at(-1)}`;
  const sends = stopsServing(failed) ? `send ${what} to another` : `stream ${what}`;
  return sentence(`This machine can ${sends}, and watch`, [...lacks, ...lacksWindow]);
}

/** What stops what, by the lines that say why. */
function cannotDo(failed: readonly string[]): string[] {
  const cannot = [
    ...(stopsSending(failed) ? ["stream"] : []),
    ...(!stopsSending(failed) && stopsServing(failed) ? ["serve"] : []),
    ...(!stopsSending(failed) && failed.includes("cameras") ? ["open its camera"] : []),
  ];
  if (cannot.length === 0) {
    return [];
  }
  return [`It cannot ${cannot.join(", or ")}: ${linesOf(failed)}.`];
}

function linesOf(failed: readonly string[]): string {
  const lines = failed.length === 1 ? "the line" : `the ${failed.length} lines`;
  return `see ${lines} with FAIL (${failed.join(", ")})`;
}

/** Who can see what it streams. */
function reach(findings: readonly Finding[]): string[] {
  const warns = (check: string) => findings.some((finding) => finding.check === check && finding.status === "warn");
  return [
    ...(warns("addresses") ? ["It is on no network: it can reach only itself."] : []),
    ...(warns("firewall") ? ["Its firewall may keep others out."] : []),
  ];
}

function stopsSending(failed: readonly string[]): boolean {
  return failed.includes("ffmpeg") || failed.includes("encoders");
}

function stopsServing(failed: readonly string[]): boolean {
  return failed.includes("port") || failed.includes("http");
}

function sentence(head: string, lacks: readonly string[]): string {
  return `${[head, ...(lacks.length > 0 ? [lacks.join(", ")] : [])].join("; ")}.`;
}
