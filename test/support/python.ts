// Parts: python
/** Debian's Python, with numpy 1 and cv2 from packages: what the classic programs run on. */
export const PYTHON = "/usr/bin/python3";

/**
 * Runs a Python script to its end, with warnings as errors, and gives what it wrote to stdout.
 * @throws Error with its stderr when it fails
 */
export async function runPython(script: string, input: Uint8Array = new Uint8Array()): Promise<Uint8Array> {
  const child = Bun.spawn([PYTHON, "-W", "error", "-c", script], {
    stdin: new Blob([input as Uint8Array<ArrayBuffer>]),
    stdout: "pipe",
    stderr: "pipe",
    timeout: 60_000,
  });
  const [stdout, stderr] = await Promise.all([child.stdout.bytes(), child.stderr.text()]);
  await child.exited;
  if (child.exitCode !== 0) {
    throw new Error(`python ended with ${child.exitCode ?? child.signalCode}: ${stderr}`);
  }
  return stdout;
}
