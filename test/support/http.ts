/** Asking an app, and looking at what it answers. */
import assert from "node:assert/strict";
import type { Hono } from "hono";
import { problemSchema } from "../../serve/schemas/common.ts";

/** A request with a JSON body. */
export function posted(body: unknown): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

/** The answer to a request that must succeed, as JSON. */
export async function answerOf(app: Hono, path: string, init?: RequestInit): Promise<unknown> {
  const response = await app.request(path, init);
  const text = await response.text();
  assert.equal(response.status, 200, `${path}: ${text}`);
  return JSON.parse(text);
}

/** Asserts that a response is a problem document of a status. */
export async function assertProblem(
  response: Response,
  status: number,
  detail: RegExp,
): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const document = problemSchema.parse(JSON.parse(text));
  assert.equal(document.status, status);
  assert.match(document.detail, detail);
}
