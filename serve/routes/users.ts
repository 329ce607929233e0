/** A user's recommendations. */
import { Hono } from "hono";
import { forUser } from "../answers.ts";
import type { Operation } from "../openapi/operation.ts";
import { idParamSchema, recommendationSchema, userQuerySchema } from "../schemas/recommendation.ts";
import { params, query } from "../validate.ts";
import { filterOf } from "./filter.ts";
import { type Parts, requestIdOf, snapshotOf } from "./parts.ts";

/** `GET /v1/users/{id}/recommendations` */
export const userOperation: Operation = {
  method: "get",
  path: "/v1/users/{id}/recommendations",
  id: "recommendationsOfUser",
  tag: "Recommendations",
  summary: "A user's best items",
  description: "Popular items for a user of whom nothing is known; `kind` says so. Long filters " +
    "and ids that no path can hold (`.` and `..`) go to POST /v1/recommendations.",
  params: idParamSchema,
  query: userQuerySchema,
  answers: { 200: { description: "Best first, never padded", schema: recommendationSchema } },
};

/** Its route. */
export function userRoutes(parts: Parts) {
  return new Hono().get(
    "/v1/users/:id/recommendations",
    params(idParamSchema),
    query(userQuerySchema),
    (c) => {
      const { id } = c.req.valid("param");
      const { n, explain, bought, ...filter } = c.req.valid("query");
      const wanted = { n, explain, requestId: requestIdOf(c) };
      const snapshot = snapshotOf(parts);
      return c.json(
        forUser(snapshot, id, { ...wanted, filter: { ...filterOf(filter), bought } }),
        200,
      );
    },
  );
}
