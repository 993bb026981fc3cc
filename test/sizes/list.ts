/** The sizes that are tried. */

import type { Size } from "../../src/units.ts";

/** Screens, phones, cameras, films. */
export const NAMED: readonly (readonly [string, number, number])[] = [
  ["a video call upright", 144, 176],
  ["QCIF", 176, 144],
  ["CIF", 352, 288],
  ["a small camera", 640, 360],
  ["a DVD, NTSC", 720, 480],
  ["a DVD, PAL", 720, 576],
  ["SVGA", 800, 600],
  ["a phone upright, 720p", 720, 1280],
  ["a laptop of 2010", 1366, 768],
  ["a MacBook Air", 1440, 900],
  ["a monitor of 22 inches", 1680, 1050],
  ["a monitor of 24 inches", 1920, 1200],
  ["a monitor of 1990", 1152, 864],
  ["a camera of 4:3", 1280, 960],
  ["SXGA", 1280, 1024],
  ["SXGA+", 1400, 1050],
  ["Full HD", 1920, 1080],
  ["a phone upright, 1080p", 1080, 1920],
  ["a phone's screen", 1170, 2532],
  ["a folding phone's screen", 1812, 2176],
  ["QHD", 2560, 1440],
  ["a camera of 5 megapixels", 2592, 1944],
  ["an ultra-wide monitor", 3440, 1440],
  ["4K", 3840, 2160],
  ["cinema 4K", 4096, 2160],
  ["odd", 721, 487],
  ["odd and small", 33, 17],
  ["the smallest", 16, 16],
];

const RESIDUES = 64;
/** No factor in common with 64: each residue of the height comes once. */
const STEP = 37;

/** 64 sizes from this one on, in which each width and each height modulo 64 comes once. */
export function everyResidue(from: Size): Size[] {
  return Array.from({ length: RESIDUES }, (_, index) => ({
    width: from.width + index,
    height: from.height + ((index * STEP) % RESIDUES),
  }));
}
