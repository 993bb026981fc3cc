import type { Size } from "../../src/units.ts";
import { Lanvid, type Program } from "../../test/support/lanvid.ts";
import { childrenOf } from "../../test/support/processes.ts";
import { ScreenStrip } from "../../test/support/screen-strip.ts";
import { UsageSampler } from "../../test/support/usage.ts";
import { startXvfb, type Xvfb } from "../../test/support/xvfb.ts";
import { BOUND, Child } from "../runner/child.ts";
import { delays, spreadOf } from "../runner/figures.ts";
import { byLength } from "../runner/options.ts";
import type { Figures } from "../runner/scenario.ts";
import { type Codec, FPS, SCREEN, sizeArguments } from "./page-modes.ts";
import type { Rival } from "./rival.ts";
import { startServer } from "./server.ts";

/** How long to look at a screen. */
export interface Look {
  /** How long until the first picture, at most. */
  readonly firstMs: number;
  /** What a program does to begin with is not its delay. */
  readonly warmUpMs: number;
  /** It ends with this many pictures, or after this time. */
  readonly frames: number;
  readonly atMostMs: number;
}

export const LOOK: Look = {
  firstMs: 12_000,
  warmUpMs: 2500,
  frames: byLength(150, 60),
  atMostMs: (byLength(150, 60) / FPS) * 2000,
};

/** The ages of pictures on a screen when each was first seen, and the CPU of these processes and of the X server. */
export async function look(xvfb: Xvfb, pids: () => number[], how: Look = LOOK): Promise<Figures> {
  await using screen = await ScreenStrip.open(xvfb.name);
  const { sightings } = screen;
  const until = async (isOver: () => boolean, ms: number) => {
    for (const by = performance.now() + ms; !isOver() && performance.now() < by; ) {
      await Bun.sleep(2);
    }
  };
  await until(() => sightings.length > 0, how.firstMs);
  await Bun.sleep(how.warmUpMs);
  sightings.length = 0;
  const samplers = pids().map((pid) => new UsageSampler(pid));
  const ofScreen = new UsageSampler(xvfb.pid);
  await until(() => sightings.length >= how.frames, how.atMostMs);
  const cpu = samplers.reduce((sum, sampler) => sum + sampler.stop().cpuPercent, 0);
  const ages = spreadOf(sightings.slice(0, how.frames).map(({ ageMs }) => ageMs));
  return { ...delays(ages), "CPU %": cpu, "X server's CPU %": ofScreen.stop().cpuPercent };
}

/** `lanvid serve test` and `lanvid watch` in a window. */
export async function lanvidOnScreen(program: Program, size: Size, codec: Codec): Promise<Figures> {
  await using xvfb = await startXvfb(SCREEN);
  await using server = await startServer([...sizeArguments(size), "--codec", codec], { program });
  await using watch = watchOn(xvfb, server.port, program);
  return await look(xvfb, () => [watch.child.pid, ...childrenOf(watch.child.pid, "ffmpeg")]);
}

export function watchOn({ name }: Xvfb, port: number, program: Program): Lanvid {
  const args = ["watch", `127.0.0.1:${port}`, "--view", "window"];
  return new Lanvid(args, { ...program, within: BOUND, env: { DISPLAY: name } });
}

/** Another program, on the encoder that lanvid uses. */
export async function rivalOnScreen(rival: Rival): Promise<Figures> {
  await using xvfb = await startXvfb(SCREEN);
  await using chain = new Child<{ event: "playing"; pid: number }>("rival.ts", [JSON.stringify(rival)], {
    within: ["env", `DISPLAY=${xvfb.name}`],
  });
  await chain.line("playing");
  return await look(xvfb, () => chain.lines.slice(-1).map(({ pid }) => pid));
}
