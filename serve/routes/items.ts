/** Lists that are nobody's own: similar items, popular items. */
import { Hono } from "hono";
import { popularItems, similarItems } from "../answers.ts";
import type { Operation } from "../openapi/operation.ts";
import {
  idParamSchema,
  listQuerySchema,
  popularSchema,
  similarSchema,
} from "../schemas/recommendation.ts";
import { params, query } from "../validate.ts";
import { filterOf } from "./filter.ts";
import { type Parts, requestIdOf, snapshotOf } from "./parts.ts";

const tag = "Recommendations";

/** `GET /v1/items/{id}/similar` */
export const similarOperation: Operation = {
  method: "get",
  path: "/v1/items/{id}/similar",
  id: "similarItems",
  tag,
  summary: "The items most like one, for a product page",
  params: idParamSchema,
  query: listQuerySchema,
  answers: { 200: { description: "Most alike first; scores are cosines", schema: similarSchema } },
  problems: [404],
};

/** `GET /v1/popular` */
export const popularOperation: Operation = {
  method: "get",
  path: "/v1/popular",
  id: "popularItems",
  tag,
  summary: "The items with the most buyers",
  query: listQuerySchema,
  answers: { 200: { description: "Most buyers first; scores count them", schema: popularSchema } },
};

/** The routes of both. */
export function itemRoutes(parts: Parts) {
  return new Hono()
    .get("/v1/items/:id/similar", params(idParamSchema), query(listQuerySchema), (c) => {
      const { n, ...filter } = c.req.valid("query");
      const wanted = { n, filter: filterOf(filter), requestId: requestIdOf(c) };
      return c.json(similarItems(snapshotOf(parts), c.req.valid("param").id, wanted), 200);
    })
    .get("/v1/popular", query(listQuerySchema), (c) => {
      const { n, ...filter } = c.req.valid("query");
      const wanted = { n, filter: filterOf(filter), requestId: requestIdOf(c) };
      return c.json(popularItems(snapshotOf(parts), wanted), 200);
    });
}
