/** What this server is: for programs that ask its root. */
import { Hono } from "hono";
import type { Operation } from "../openapi/operation.ts";
import { rootSchema } from "../schemas/health.ts";
import type { Parts } from "./parts.ts";

/** `GET /` */
export const rootOperation: Operation = {
  method: "get",
  path: "/",
  id: "root",
  tag: "Operations",
  summary: "What this server is",
  answers: { 200: { description: "Its name, model and calls", schema: rootSchema } },
};

/** The route of `GET /`; `calls` are its lines. */
export function rootRoute({ live }: Parts, calls: readonly string[]) {
  return new Hono().get("/", (c) =>
    c.json({
      service: "product recommender",
      ready: live.current !== undefined,
      model: live.current?.model.manifest.model ?? null,
      calls: [...calls],
    }));
}
