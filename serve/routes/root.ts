/** What this server is: for programs that ask its root; browsers get the page. */
import { Hono } from "hono";
import { accepts } from "hono/accepts";
import type { Operation } from "../openapi/operation.ts";
import { rootSchema } from "../schemas/health.ts";
import { page } from "./page.ts";
import type { Parts } from "./parts.ts";

/** `GET /` */
export const rootOperation: Operation = {
  method: "get",
  path: "/",
  id: "root",
  tag: "Operations",
  summary: "What this server is",
  description: "Where `Accept` prefers text/html: the page that shows recommendations.",
  answers: { 200: { description: "Its name, model and calls", schema: rootSchema } },
};

/** The route of `GET /`; `calls` are its lines, the page is for those who would rather read it. */
export function rootRoute({ live }: Parts, calls: readonly string[], withPage: boolean) {
  return new Hono().get(
    "/",
    async (c, next) => {
      if (!withPage) return await next();
      const type = accepts(c, {
        header: "Accept",
        supports: ["application/json", "text/html"],
        default: "application/json",
      });
      if (type === "text/html") return await page(c);
      await next();
      c.header("Vary", "Accept");
    },
    (c) =>
      c.json({
        service: "product recommender",
        ready: live.current !== undefined,
        model: live.current?.model.manifest.model ?? null,
        calls: [...calls],
      }),
  );
}
