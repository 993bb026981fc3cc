import { judged, timed } from "../support/timed.ts";
import { HTTP_ATTACKS } from "./http-attacks.ts";
import { checkMemory, claimsOn } from "./limits.ts";
import { claimsOnRelay, relayFaults, relayUnder } from "./relay-siege.ts";
import { Siege, type Target, type Toll } from "./siege.ts";
import { STREAM_ATTACKS } from "./stream-attacks.ts";
import { UPSTREAM_ATTACKS } from "./upstream-attacks.ts";

/** Runs each attack on a server of its own, and prints what an honest viewer saw meanwhile. @returns what was wrong */
export async function besiege(size: Pick<Target, "seconds" | "count">): Promise<string[]> {
  const wrong: string[] = [];
  console.log(" fps  delay  longest gap  memory   CPU    attack");
  for (const attack of [...STREAM_ATTACKS, ...HTTP_ATTACKS]) {
    await using siege = await Siege.begin(size);
    try {
      await judged(async () => {
        const toll = await siege.withstand(attack);
        await siege.recovered();
        console.log(`${row(toll)} ${attack.name}: ${toll.told}`);
        checkMemory(toll);
        return { claims: claimsOn(toll), taken: toll.taken };
      });
    } catch (error) {
      wrong.push(`${attack.name}: ${error}`);
    }
  }
  console.log("core  memory   ffmpegs  end      what a relayed stream does");
  for (const attack of UPSTREAM_ATTACKS) {
    try {
      await timed(async () => {
        const toll = await relayUnder(attack, size.seconds);
        const memory = `+${toll.memoryRiseMiB.toFixed(0)} MiB`.padEnd(8);
        const encoders = String(toll.encoders).padEnd(8);
        console.log(
          `${toll.core.toFixed(2)}  ${memory} ${encoders} ${`${toll.endMs.toFixed(0)} ms`.padEnd(8)} ${attack.name}`,
        );
        wrong.push(...relayFaults(toll, size.seconds).map((fault) => `${attack.name}: ${fault}`));
        return claimsOnRelay(toll);
      });
    } catch (error) {
      wrong.push(`${attack.name}: ${error}`);
    }
  }
  return wrong;
}

function row({ fps, delayMs, gapMs, memoryRiseMiB, cpuPercent }: Toll): string {
  return [
    fps.toFixed(1).padStart(4),
    `${delayMs.toFixed(0)} ms`.padEnd(6),
    `${gapMs.toFixed(0)} ms`.padEnd(12),
    `+${memoryRiseMiB.toFixed(0)} MiB`.padEnd(8),
    `${cpuPercent.toFixed(0)} %`.padEnd(6),
  ].join(" ");
}
