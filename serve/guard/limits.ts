/** How large a request may be, and how long it may take. */
import type { MiddlewareHandler } from "hono";
import { problem } from "../problem.ts";

export interface Limits {
  /** Bytes of a body, as its Content-Length says it; bodies without one are counted while read. */
  readonly bodyBytes: number;
  /** Characters of the address, path and query together. */
  readonly urlCharacters: number;
  /** How long an answer may take, in milliseconds. */
  readonly answerMs: number;
  /** Paths whose answer may take as long as it takes. */
  readonly slow: readonly RegExp[];
}

/** What is let in unless told otherwise. */
export const LIMITS: Limits = {
  bodyBytes: 2 << 20,
  urlCharacters: 32_768,
  answerMs: 30_000,
  // A model of a million users takes half a minute to load, and who asked wants to know how it ended.
  slow: [/^\/train$/, /^\/v1\/models\/[^/]+\/activate$/],
};

/**
 * Refuses what is too large before anything of it is read. Headers are not counted: Deno itself answers 400
 * where a request's head has more than some sixty kilobytes.
 */
export function sizeLimits(limits: Limits): MiddlewareHandler {
  return async (c, next) => {
    const { url, headers } = c.req.raw;
    if (url.length > limits.urlCharacters) {
      return problem(414, `The address is longer than ${limits.urlCharacters} characters`);
    }
    const length = headers.get("content-length");
    if (length !== null && !(Number(length) <= limits.bodyBytes)) {
      return problem(413, `The body is larger than ${limits.bodyBytes} bytes`);
    }
    return await next();
  };
}

/** Answers 503 where the app has not answered in time; what it was doing then goes unheard. */
export function timeLimit({ answerMs, slow }: Limits): MiddlewareHandler {
  return async (c, next) => {
    if (slow.some((path) => path.test(c.req.path))) return await next();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), answerMs);
    });
    try {
      if (await Promise.race([next(), late]) !== "late") return;
    } finally {
      clearTimeout(timer);
    }
    c.res = problem(503, `No answer was found in ${answerMs / 1000} s`, {
      remedy: "Ask again, for less",
    }, { "retry-after": "1" });
  };
}
