import { prepareCanvas } from "../bundle.ts";

type Canvas = typeof import("@napi-rs/canvas");

let loading: Promise<Canvas> | undefined;

/** What draws text. Loaded when it is first needed. @throws Error where there is none */
export function loadCanvas(): Promise<Canvas> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Canvas> {
  prepareCanvas();
  return await import("@napi-rs/canvas");
}
