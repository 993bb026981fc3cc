import { failureAnswer, type HttpFailure, headersWith } from "../../http.ts";

/** Asks a reverse proxy (nginx) to hold nothing back, and to put nothing on its disk. */
export const UNBUFFERED = { "X-Accel-Buffering": "no" } as const;

/** A short text. */
export function textResponse(text: string, contentType = "text/plain; charset=utf-8"): Response {
  return new Response(text, { headers: headersWith({ "Content-Type": contentType }) });
}

/** A value as JSON, for people too. */
export function jsonResponse(value: unknown): Response {
  return textResponse(`${JSON.stringify(value, null, 2)}\n`, "application/json");
}

/** The response to a request that says why it failed; a page where a person's browser asks. */
export function failureResponse(failure: HttpFailure, request: Request): Response {
  const path = URL.parse(request.url, "http://localhost/")?.pathname ?? "/";
  const { status, headers, body } = failureAnswer(failure, { accept: request.headers.get("Accept"), path });
  return new Response(body, { status, headers });
}
