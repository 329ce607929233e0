/** For who watches the server. */
import { Hono } from "hono";
import type { Operation } from "../openapi/operation.ts";
import { liveSchema, readySchema } from "../schemas/health.ts";
import { type Parts, snapshotOf } from "./parts.ts";

const tag = "Operations";

/** `GET /health/live` */
export const liveOperation: Operation = {
  method: "get",
  path: "/health/live",
  id: "live",
  tag,
  summary: "Whether the process runs",
  answers: { 200: { description: "It does", schema: liveSchema } },
};

/** `GET /health/ready` */
export const readyOperation: Operation = {
  method: "get",
  path: "/health/ready",
  id: "ready",
  tag,
  summary: "Whether a model is loaded",
  answers: { 200: { description: "It is", schema: readySchema } },
  problems: [503],
};

/** The routes of both. */
export function healthRoutes(parts: Parts) {
  return new Hono()
    .get("/health/live", (c) => c.json({ status: "live" as const }))
    .get("/health/ready", (c) => {
      const { recommender } = snapshotOf(parts);
      return c.json({ status: "ready" as const, model: recommender.model.manifest.model });
    });
}
