/** What is told of each request: a line of the log, and the metrics. Never who asked for whom. */
import type { Context, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";

/** A request that was answered. */
export interface Observation {
  readonly id: string;
  readonly method: string;
  /** The pattern that the path fits, as "/v1/users/:id/recommendations"; "unmatched" where none. */
  readonly route: string;
  readonly status: number;
  /** Milliseconds from the request to the answer, without sending it. */
  readonly ms: number;
  /** Bytes of the request's body, as its Content-Length says; null where it says nothing. */
  readonly received: number | null;
}

/** Takes what is seen of requests. */
export interface Observer {
  /** A request has come. */
  begin(): void;
  /** It was answered. */
  end(seen: Observation): void;
}

const ID = "X-Request-Id";
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** The variables that a request carries. */
export interface RequestVariables {
  /** What the answer's X-Request-Id says. */
  readonly requestId: string;
}

/**
 * Gives each request an id, its own where it brings a sane one, and tells the observers of it. Stands
 * before everything else.
 */
export function observe(observers: readonly Observer[]): MiddlewareHandler {
  return async (c, next) => {
    const began = performance.now();
    const given = c.req.header(ID);
    const id = given !== undefined && /^[\w.:=-]{1,128}$/.test(given) ? given : crypto.randomUUID();
    c.set("requestId", id);
    for (const observer of observers) observer.begin();
    await next();
    // A handler may return a response of its own, which knows nothing of headers set before.
    c.res.headers.set(ID, id);
    if (observers.length === 0) return;
    const length = c.req.header("content-length");
    const seen: Observation = {
      id,
      method: METHODS.has(c.req.method) ? c.req.method : "other",
      route: routeOf(c),
      status: c.res.status,
      ms: performance.now() - began,
      received: length === undefined ? null : Number(length),
    };
    for (const observer of observers) observer.end(seen);
  };
}

/** The pattern of the route that answered, or would have: no part of it comes from the request. */
function routeOf(c: Context): string {
  const pattern = routePath(c, -1);
  return /^(\/?\*)?$/.test(pattern) || pattern.endsWith("/*") ? "unmatched" : pattern;
}
