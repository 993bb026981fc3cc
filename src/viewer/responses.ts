import type { PeerText } from "../errors.ts";

/** Who may frame an answer. */
export const FRAME_ANCESTORS = "frame-ancestors 'self'";

/**
 * On every response: nothing is cached, guessed, told to other sites or shown by them, and each connection has one request. Bun answers
 * all requests of one read, thousands of them, before it turns to anything else; after this one it reads no more.
 */
const COMMON_HEADERS = {
  Connection: "close",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  // Requests of our own pages can be told by it.
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy": FRAME_ANCESTORS,
} as const;

/** Asks a reverse proxy (nginx) to hold nothing back, and to put nothing on its disk. */
export const UNBUFFERED = { "X-Accel-Buffering": "no" } as const;

/** Headers of a response, with those that all of them have. */
export function headersWith(headers: Record<string, string>): Record<string, string> {
  return { ...COMMON_HEADERS, ...headers };
}

/** A short text. */
export function textResponse(text: string, contentType = "text/plain; charset=utf-8"): Response {
  return new Response(text, { headers: headersWith({ "Content-Type": contentType }) });
}

/** A value as JSON, for people too. */
export function jsonResponse(value: unknown): Response {
  return textResponse(`${JSON.stringify(value, null, 2)}\n`, "application/json");
}

/** What went wrong, as `{"error":{"code","message","hint"}}`. */
export interface HttpFailure {
  readonly status: number;
  readonly code: string;
  readonly message: PeerText;
  readonly hint?: PeerText;
  readonly headers?: Record<string, string>;
}

/** The response that says so. */
export function failureResponse({ status, code, message, hint, headers }: HttpFailure): Response {
  const body = `${JSON.stringify({ error: { code, message, hint: hint ?? null } })}\n`;
  return new Response(body, { status, headers: headersWith({ "Content-Type": "application/json", ...headers }) });
}
