/** Who may frame an answer. */
export const FRAME_ANCESTORS = "frame-ancestors 'self'";

/**
 * On every response: nothing is cached, guessed, told to other sites or shown by them, and each connection has one request. Bun
 * answers all requests of one read, thousands of them, before it turns to anything else; after this one it reads no more.
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

/** Headers of a response, with those that all of them have. */
export function headersWith(headers: Record<string, string>): Record<string, string> {
  return { ...COMMON_HEADERS, ...headers };
}
