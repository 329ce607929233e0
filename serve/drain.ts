/** How the server ends: no request that was let in is left without an answer. */
import type { MiddlewareHandler } from "hono";
import { problem } from "./problem.ts";

/** Whether the server is about to end. */
export interface Drain {
  /** Set once it was asked to. */
  readonly draining: boolean;
  /** Ends the server: see `createDrain`. A second call changes nothing. */
  begin(): void;
}

export interface DrainOptions {
  /** How long the server still listens after it says that it is not ready, in milliseconds. */
  readonly announceMs: number;
  /** How long requests may then take to end, in milliseconds. */
  readonly boundMs: number;
  /** Stops listening and resolves when all requests have ended. */
  shutdown(): Promise<void>;
  /** Called at the first call of `begin`: what else works may end. */
  stopping(): void;
  /** Called once all is done, or the time is up. */
  ended(how: "drained" | "late"): void;
}

/**
 * A drain: says at once that the server is not ready, so that balancers look elsewhere, goes on
 * answering for `announceMs`, then lets nobody in and gives requests `boundMs` to end.
 */
export function createDrain(options: DrainOptions): Drain {
  const { announceMs, boundMs, shutdown, stopping, ended } = options;
  let draining = false;
  return {
    get draining() {
      return draining;
    },
    begin() {
      if (draining) return;
      draining = true;
      stopping();
      setTimeout(() => {
        const bound = setTimeout(() => ended("late"), boundMs);
        void shutdown().finally(() => {
          clearTimeout(bound);
          ended("drained");
        });
      }, announceMs);
    },
  };
}

/** While the server drains, `/health/ready` answers 503, and answers ask to close the connection. */
export function drainGuard(drain: Pick<Drain, "draining">): MiddlewareHandler {
  return async (c, next) => {
    if (!drain.draining) return await next();
    if (c.req.path === "/health/ready") {
      return problem(503, "The server is shutting down", {}, { connection: "close" });
    }
    await next();
    c.res.headers.set("connection", "close");
  };
}
