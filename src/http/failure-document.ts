import { sentenceOf } from "../errors.ts";
import { FRAME_ANCESTORS } from "./headers.ts";

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%2312161c'/%3E%3Cpath d='M12 9.5v13l11-6.5z' fill='%23e5484d'/%3E%3C/svg%3E";

/** The colors and letters of the viewer's page. */
const STYLE = `
body { display: grid; align-items: center; min-height: 100vh; min-height: 100dvh; margin: 0; padding: 24px;
  box-sizing: border-box; background: #0b0d10; color: #f2f4f7;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif }
main { width: 100%; max-width: 36em; margin: 0 auto; padding-bottom: 8vh; overflow-wrap: anywhere }
header { display: flex; align-items: center; gap: 10px; margin-bottom: 28px; font-weight: 600 }
header img { width: 28px; height: 28px }
h1 { margin: 0 0 12px; font-size: 24px; line-height: 1.3; letter-spacing: -0.01em; text-wrap: balance }
p { margin: 0; color: #a3abb8 }
p a { color: #7cb4ff }
code { color: #f2f4f7; font: 0.92em ui-monospace, monospace; white-space: nowrap }
nav { display: flex; flex-wrap: wrap; gap: 10px; margin-top: 24px }
nav a { padding: 9px 16px; border: 1px solid rgb(255 255 255 / 14%); border-radius: 10px; color: #f2f4f7;
  font-weight: 500; text-decoration: none }
nav a:first-child { border-color: #f2f4f7; background: #f2f4f7; color: #0b0d10 }
a:focus-visible { outline: 2px solid #7cb4ff; outline-offset: 2px }
footer { margin-top: 36px; color: #757d8a; font-size: 13px }
`;

let policy: string | undefined;

/** What is said. */
export interface FailureText {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly isWorthAnotherTry: boolean;
}

/**
 * A failure as a page of its own, which asks for nothing, and the policy that lets it be no more than that.
 * @param path where it was asked for
 */
export function failureDocument(
  { status, code, message, hint, isWorthAnotherTry }: FailureText,
  path: string,
): { readonly html: string; readonly policy: string } {
  const root = "../".repeat(Math.max(0, path.split("/").length - 2)) || "./";
  const leadsToPage = hint !== null && linksIn(hint).includes("/");
  const actions = [
    ...(leadsToPage ? [`<a href="${root}">Open the picture</a>`] : []),
    ...(isWorthAnotherTry ? ['<a href="">Try again</a>'] : []),
  ].join("");
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark">
<title>${escaped(message)} · lanvid</title>
<link rel="icon" href="${ICON}">
<style>${STYLE}</style>
</head>
<body>
<main>
<header><img src="${ICON}" alt="">lanvid</header>
<h1>${escaped(sentenceOf(message))}</h1>
${hint === null ? "" : `<p>${withOptions(withLinks(escaped(sentenceOf(hint)), root))}</p>`}
${actions === "" ? "" : `<nav>${actions}</nav>`}
<footer>${status} · ${escaped(code)}</footer>
</main>
</body>
</html>
`;
  policy ??= [
    "default-src 'none'",
    `style-src 'sha256-${new Bun.CryptoHasher("sha256").update(STYLE).digest("base64")}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    FRAME_ANCESTORS,
  ].join("; ");
  return { html, policy };
}

/** A path of ours in a text: a word of its own that begins with a slash. */
const PATH = /(?<=^| )\/[a-z]*(?:\.[a-z0-9]+)?(?=[ ,;.]|$)/g;

function linksIn(text: string): readonly string[] {
  return text.match(PATH) ?? [];
}

function withLinks(text: string, root: string): string {
  return text.replace(PATH, (path) => `<a href="${path === "/" ? root : `${root}${path.slice(1)}`}">${path}</a>`);
}

/** Command line options, which are not broken at their hyphens. */
function withOptions(html: string): string {
  return html.replace(/(?<=^| )--[a-z-]+/g, "<code>$&</code>");
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
