/** A monitor's place on the X screen, in pixels. */
export interface Monitor {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
}

const COMMAND = ["xrandr", "--listmonitors"];
const LISTING_MS = 2000;

/** The monitors of the X display, in xrandr's order; none when xrandr is not installed or the display not reached. */
export function monitors(): Monitor[] {
  if (process.platform !== "linux" || Bun.which("xrandr") === null) {
    return [];
  }
  const { success, stdout } = Bun.spawnSync(COMMAND, { env: process.env, stderr: "ignore", timeout: LISTING_MS });
  return success ? parseMonitors(stdout.toString()) : [];
}

/** The same, asked without anybody waiting. */
export async function monitorsNow(): Promise<Monitor[]> {
  if (process.platform !== "linux" || Bun.which("xrandr") === null) {
    return [];
  }
  const child = Bun.spawn(COMMAND, {
    env: process.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: LISTING_MS,
  });
  const [text, code] = await Promise.all([child.stdout.text(), child.exited]);
  return code === 0 ? parseMonitors(text) : [];
}

/**
 * Reads what `xrandr --listmonitors` prints:
 * ```
 * Monitors: 2
 *  0: +*eDP-1 1920/344x1080/194+0+0  eDP-1
 *  1: +HDMI-1 2560/597x1440/336+1920+0  HDMI-1
 * ```
 */
export function parseMonitors(text: string): Monitor[] {
  const lines = text.matchAll(/^\s*\d+:\s*\S+\s+(\d+)\/\d+x(\d+)\/\d+\+(\d+)\+(\d+)\s+(\S+)\s*$/gm);
  return [...lines].map(([, width, height, x, y, name]) => ({
    name: name as string,
    width: Number(width),
    height: Number(height),
    x: Number(x),
    y: Number(y),
  }));
}
