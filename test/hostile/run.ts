/**
 * `bun test/hostile/run.ts [seconds] [connections]`: each attack on a server of its own, 15 s and 10,000 connections
 * unless told, and what an honest viewer saw meanwhile. Exit 1 when it did not get its frames.
 */

import { HTTP_ATTACKS } from "./http-attacks.ts";
import { faultsOf } from "./limits.ts";
import { Siege } from "./siege.ts";
import { STREAM_ATTACKS } from "./stream-attacks.ts";

const [seconds = 15, count = 10_000, only = ""] = process.argv
  .slice(2)
  .map((text, index) => (index < 2 ? Number(text) : text)) as [number?, number?, string?];

console.log("fps  delay  gap    memory  CPU    attack");
for (const attack of [...STREAM_ATTACKS, ...HTTP_ATTACKS].filter(({ name }) => name.includes(only))) {
  await using siege = await Siege.begin({ seconds, count });
  try {
    const toll = await siege.withstand(attack);
    await siege.recovered();
    const { fps, delayMs, gapMs, memoryRiseMiB, cpuPercent, told } = toll;
    const figures = [
      fps.toFixed(1).padStart(4),
      `${delayMs.toFixed(0)} ms`.padEnd(6),
      `${gapMs.toFixed(0)} ms`.padEnd(6),
      `+${memoryRiseMiB.toFixed(0)} MiB`.padEnd(7),
      `${cpuPercent.toFixed(0)} %`.padEnd(6),
    ];
    console.log(`${figures.join(" ")} ${attack.name}: ${told}`);
    for (const fault of faultsOf(toll)) {
      console.error(`fault: ${attack.name}: ${fault}`);
      process.exitCode = 1;
    }
  } catch (error) {
    console.error(`fault: ${attack.name}: ${error}\n${siege.server.stderr.slice(-2000)}`);
    process.exitCode = 1;
  }
}
