// Parts: ffmpeg, fonts
/** Clips to compare encoders on, drawn by ffmpeg alone: whoever has it can make them again. */

import { join } from "node:path";
import type { Size } from "../../src/units.ts";
import { FPS } from "./page-modes.ts";

const ROOT = join(import.meta.dir, "../..");
const MONO = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";
const STILL = `d=0.03:r=${FPS}`;
const LOOP = `loop=-1:1:0,setpts=N/${FPS}/TB`;
/** Only the light of the second input changes that of the first. */
const RELIEF = "blend=c0_mode=grainmerge:c1_mode=normal:c2_mode=normal";

export interface Clip {
  readonly name: string;
  readonly size: Size;
  readonly pixelFormat: string;
  readonly isScreen: boolean;
  /** ffmpeg's filter graph, with one output, [out]. */
  readonly graph: string;
}

const SIZE: Size = { width: 1280, height: 720 };
const AREA = `${SIZE.width}x${SIZE.height}`;

/** One box after the other: x, y, width, height, colour. */
function boxes(...all: readonly (readonly [number, number, number, number, string])[]): string {
  return all.map(([x, y, w, h, color]) => `drawbox=x=${x}:y=${y}:w=${w}:h=${h}:c=${color}:t=fill`).join(",");
}

function wall(from: string, to: string): string {
  return `gradients=s=${AREA}:${STILL}:c0=${from}:c1=${to}:x0=0:y0=0:x1=1279:y1=719:nb_colors=2:speed=0.00001`;
}

/** Grey with noise that is `blur` pixels wide. */
function relief(size: string, strength: number, seed: number, blur: number): string {
  return `color=gray:s=${size}:${STILL},format=gray,noise=alls=${strength}:all_seed=${seed},gblur=${blur},format=yuv444p`;
}

const SHELF = boxes(
  [60, 90, 420, 12, "0x5a3d28"],
  [60, 330, 420, 12, "0x5a3d28"],
  [70, 150, 30, 180, "0x8c2f2b"],
  [104, 170, 22, 160, "0x2f5a7a"],
  [130, 140, 40, 190, "0xd8cfa8"],
  [174, 160, 26, 170, "0x3f6b45"],
  [206, 180, 34, 150, "0x222a3a"],
  [246, 150, 28, 180, "0xb5792f"],
  [290, 240, 80, 90, "0xe8e4dc"],
);
const FACE = boxes(
  [120, 180, 60, 24, "0x2a2422"],
  [240, 180, 60, 24, "0x2a2422"],
  [160, 330, 100, 18, "0x8a3a3a"],
  [0, 430, 420, 130, "0x34405c"],
);
/** A head and shoulders: the rest is transparent. */
const OUTLINE = "if(lte(hypot((X-210)/150\\,(Y-230)/210)\\,1)+gte(Y\\,430)\\,255\\,0)";

/** A room with a wall of some texture, a shelf and a picture of fine detail; somebody in front of it who sways. */
const CAMERA_SCENE = [
  `${wall("0x8a7f70", "0xcfc4b0")},format=yuv444p[wall]`,
  `${relief(AREA, 60, 3, 1.4)}[plaster]`,
  `[wall][plaster]${RELIEF},${SHELF}[room]`,
  `mandelbrot=s=360x360:r=${FPS}:start_x=-0.743643887:start_y=0.131825904:start_scale=0.02:end_scale=0.0199,trim=end_frame=1,format=yuv444p,eq=saturation=0.5:contrast=0.7[picture]`,
  `[room][picture]overlay=880:300:format=yuv444,gblur=0.7,${LOOP}[back]`,
  `color=0xb98b6e:s=420x560:${STILL},format=yuv444p[skin]`,
  `${relief("420x560", 80, 9, 2)}[pores]`,
  `[skin][pores]${RELIEF},${FACE},drawgrid=w=12:h=12:t=1:c=0x00000022,gblur=0.8,format=yuva444p,geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='${OUTLINE}',${LOOP}[person]`,
  "[back][person]overlay=x='420+60*sin(2*PI*t/3.1)':y='170+14*sin(2*PI*t/1.7)':format=yuv444,format=yuv420p[scene]",
];

/**
 * A sensor's noise as it comes out of a camera: new in each frame, its grains wider than a pixel (a colour is measured at
 * each fourth pixel only, and made for the others).
 */
function cameraGraph(light: number, colour: number): string {
  const noise = `noise=c0s=${light}:c1s=${colour}:c2s=${colour}:allf=t:all_seed=7`;
  return [
    ...CAMERA_SCENE,
    `color=gray:s=${AREA}:r=${FPS},format=yuv420p,${noise},gblur=sigma=1:planes=1,gblur=sigma=1.5:planes=6[grain]`,
    "[scene][grain]blend=all_mode=grainmerge,format=yuv420p[out]",
  ].join(";\n");
}

function text(file: string, options: string): string {
  return `drawtext=fontfile=${MONO}:textfile=${join(ROOT, file)}:expansion=none:line_spacing=3:${options}`;
}

/** A desktop of fine detail, an editor, a terminal in which six lines a second scroll by, and the pointer. */
const SCREEN_SCENE = [
  `mandelbrot=s=${AREA}:r=${FPS}:start_x=-0.743643887:start_y=0.131825904:start_scale=0.02:end_scale=0.0199,trim=end_frame=1,format=gbrp,gblur=1,format=bgr0,${LOOP}[desktop]`,
  `color=0xfafafa:s=760x600:${STILL},format=bgr0,${text("docs/protocol.md", "x=10:y=40:fontsize=13:fontcolor=0x202020")},${boxes([0, 0, 760, 28, "0x3b4252"])},${LOOP}[editor]`,
  `color=0x101418:s=560x420:r=${FPS},format=bgr0,${text("CONTRIBUTING.md", "x=8:y='400-18*floor(t*6)':fontsize=13:fontcolor=0xc8f0c8")},${boxes([0, 0, 560, 28, "0x2e3440"])}[terminal]`,
  `color=black:s=10x16:r=${FPS},format=bgr0[pointer]`,
  "[desktop][editor]overlay=40:40:format=rgb[one]",
  "[one][terminal]overlay=680:250:format=rgb[two]",
  "[two][pointer]overlay=x='300+200*sin(t)':y='420+60*sin(2.3*t)':format=rgb,format=bgr0[out]",
].join(";\n");

const camera = { size: SIZE, pixelFormat: "yuv420p", isScreen: false };

/** Like a camera's in good light: its noise has a standard deviation of 2.7 levels of 255. */
export const CAMERA: Clip = { ...camera, name: "camera", graph: cameraGraph(13, 4) };
/** The same with a noise of 3.8. */
export const DIM_CAMERA: Clip = { ...camera, name: "camera, dim", graph: cameraGraph(18, 6) };
/** The same without noise, as after a denoiser. */
export const CLEAN_CAMERA: Clip = { ...camera, name: "camera, clean", graph: cameraGraph(0, 0) };
/** Text, windows, scrolling. */
export const SCREEN: Clip = { size: SIZE, pixelFormat: "bgr0", isScreen: true, name: "screen", graph: SCREEN_SCENE };

/** ffmpeg's command that writes a clip, without loss. */
export function clipCommand({ graph, pixelFormat }: Clip, frames: number, path: string): string[] {
  const encode = ["-map", "[out]", "-frames:v", String(frames), "-c:v", "ffvhuff", "-pix_fmt", pixelFormat];
  return ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-filter_complex", graph, ...encode, path];
}
