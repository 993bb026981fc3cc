/**
 * `npm run test:sizes`: pictures of every width and height modulo 64, and of the usual screens, phones, cameras and films,
 * from JPEG and from H.264, in every form and in the window; and the test pattern in all its turns. Says how many it
 * tried; exit 1 if any was wrong.
 */

import type { Size } from "../../src/units.ts";
import { type Case, checkAll } from "./check.ts";
import { ShownSizes } from "./forms.ts";
import { everyResidue, NAMED } from "./list.ts";
import { TURNS, turnedFault } from "./turned.ts";

const CODECS = ["h264", "mjpeg"] as const;

const named = NAMED.map(([, width, height]) => ({ width, height }));
const groups: readonly (readonly [string, readonly Size[]])[] = [
  ["by name", named],
  ["every residue, small", everyResidue({ width: 64, height: 64 })],
  ["every residue, middling", everyResidue({ width: 640, height: 320 })],
  ["every residue, large", everyResidue({ width: 1152, height: 896 })],
];

async function tried(): Promise<readonly string[]> {
  await using window = await ShownSizes.open();
  const all: string[] = [];
  for (const [name, sizes] of groups) {
    const cases: Case[] = sizes.flatMap((size) => CODECS.map((codec) => ({ ...size, codec })));
    const { pictures, forms, shown, faults } = await checkAll(cases, window);
    const found = `${pictures} pictures in ${forms} forms, ${shown} looked at in the window: ${faults.length} faults`;
    console.log(`${name}: ${sizes.length} sizes, ${found}`);
    all.push(...faults);
  }
  return all;
}

async function turned(): Promise<readonly string[]> {
  const faults: string[] = [];
  let count = 0;
  for (const size of named.filter(({ width, height }) => width >= 512 && height >= 128)) {
    for (const turn of TURNS) {
      const codec = CODECS[count % CODECS.length] as (typeof CODECS)[number];
      const fault = await turnedFault(size, codec, turn);
      count += 1;
      if (fault !== null) {
        faults.push(`${codec} ${size.width}x${size.height} ${JSON.stringify(turn)}: ${fault}`);
      }
    }
  }
  console.log(`${count} turned`);
  return faults;
}

const faults = [...(await tried()), ...(await turned())];
for (const fault of faults) {
  console.error(`fault: ${fault}`);
}
console.log(`${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
