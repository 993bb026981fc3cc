import { FRAME_ANCESTORS, headersWith } from "../../http.ts";
import { bundlePage } from "./bundle-page.ts" with { type: "macro" };

const PAGE: string = bundlePage();

/** The page. Only the script and style that are in it may run, and it may talk to nobody but us. */
export function pageResponse(): Response {
  return new Response(PAGE, {
    headers: headersWith({ "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": contentPolicy() }),
  });
}

let policy: string | undefined;

function contentPolicy(): string {
  policy ??= [
    "default-src 'none'",
    `script-src ${hashes(/<script\b[^>]*>([\s\S]*?)<\/script>/g)}`,
    `style-src ${hashes(/<style\b[^>]*>([\s\S]*?)<\/style>/g)}`,
    "connect-src 'self'",
    "img-src 'self' blob: data:",
    // What Media Source plays.
    "media-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
    FRAME_ANCESTORS,
  ].join("; ");
  return policy;
}

function hashes(element: RegExp): string {
  const contents = [...PAGE.matchAll(element)].map((match) => match[1] as string);
  return contents.map((text) => `'sha256-${new Bun.CryptoHasher("sha256").update(text).digest("base64")}'`).join(" ");
}
