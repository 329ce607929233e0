/** How the server ends: no request that was let in is left without an answer. */
import { setTimeout as pause } from "node:timers/promises";
import type { MiddlewareHandler } from "hono";
import { problem } from "./problem.ts";

/** Whether the server is about to end. */
export interface Drain {
  /** Set once it was asked to. */
  readonly draining: boolean;
  /**
   * Ends the server: says at once that it is not ready, so that balancers look elsewhere, goes on
   * answering for `announceMs` milliseconds, then lets nobody in and gives requests time to end. A
   * second call changes nothing.
   */
  begin(announceMs: number): void;
}

export interface DrainOptions {
  /** How long requests may take to end once nobody is let in, in milliseconds. */
  readonly boundMs: number;
  /** Stops listening and resolves when all requests have ended. */
  shutdown(): Promise<void>;
  /** Called at the first call of `begin`: what else works may end. */
  stopping(): void;
  /** Called once all is done, or the time is up. */
  ended(how: "drained" | "late"): void;
  /** How the time of the announcement passes, given in milliseconds: by the clock unless given. */
  wait?(ms: number): Promise<void>;
}

/** A drain that has not begun. */
export function createDrain(options: DrainOptions): Drain {
  const { boundMs, shutdown, stopping, ended, wait = pause } = options;
  let draining = false;
  return {
    get draining() {
      return draining;
    },
    begin(announceMs) {
      if (draining) return;
      draining = true;
      stopping();
      void wait(announceMs).then(() => {
        const bound = setTimeout(() => ended("late"), boundMs);
        void shutdown().finally(() => {
          clearTimeout(bound);
          ended("drained");
        });
      });
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
