/** `GET /metrics`. */
import { Hono } from "hono";
import { isLocal } from "../guard/client.ts";
import { bears } from "../guard/token.ts";
import { problem } from "../problem.ts";

/** Who may read the metrics. */
export interface MetricsAccess {
  /** Also whoever can reach the server. Default: only this machine, and who has the token. */
  readonly open?: boolean;
  /** The server's bearer token. */
  readonly token?: string | undefined;
}

/** Metrics as Prometheus reads them, for this machine and for who bears the token. */
export function metricsRoute(text: () => string, access: MetricsAccess): Hono {
  const app = new Hono();
  app.get("/metrics", (c) => {
    const { open, token } = access;
    if (!open && !isLocal(c) && !(token !== undefined && bears(c.req.raw, token))) {
      return problem(401, "Metrics are for this machine, and for who has the server's token", {
        remedy: "Send it as `Authorization: Bearer …`, or read them on this machine",
      }, { "www-authenticate": "Bearer" });
    }
    return c.body(text(), 200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
      "cache-control": "no-store",
    });
  });
  app.all(
    "/metrics",
    () => problem(405, "Only GET, HEAD is allowed here", {}, { allow: "GET, HEAD" }),
  );
  return app;
}
