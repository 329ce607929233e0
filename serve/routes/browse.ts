/** For people who look at what the server knows: items, customers, and what a customer bought. */
import { Hono } from "hono";
import { customersGuarded } from "../browse/access.ts";
import { findCustomers, historyOf } from "../browse/customers.ts";
import { searchItems } from "../browse/items.ts";
import type { Operation } from "../openapi/operation.ts";
import {
  historyQuerySchema,
  historySchema,
  itemsQuerySchema,
  itemsSchema,
  usersQuerySchema,
  usersSchema,
} from "../schemas/browse.ts";
import { idParamSchema } from "../schemas/recommendation.ts";
import { params, query } from "../validate.ts";
import { type Parts, requestIdOf, snapshotOf } from "./parts.ts";

const tag = "Browsing";

/** `GET /v1/items` */
export const itemsOperation: Operation = {
  method: "get",
  path: "/v1/items",
  id: "items",
  tag,
  summary: "Items by words of their name, brand or id",
  query: itemsQuerySchema,
  answers: { 200: { description: "What was found", schema: itemsSchema } },
};

/** `GET /v1/users` */
export const usersOperation: Operation = {
  method: "get",
  path: "/v1/users",
  id: "users",
  tag,
  summary: "Customers by how their id begins",
  description: "Ids of customers are personal data: who may change what the server does may see " +
    "them, and the server's own page under the same token.",
  query: usersQuerySchema,
  answers: { 200: { description: "What was found", schema: usersSchema } },
  personal: true,
};

/** `GET /v1/users/{id}/history` */
export const historyOperation: Operation = {
  method: "get",
  path: "/v1/users/{id}/history",
  id: "historyOfUser",
  tag,
  summary: "What a customer bought",
  description: "Empty for one of whom nothing is known, or who asked to be forgotten. Shown to " +
    "those who may see customers.",
  params: idParamSchema,
  query: historyQuerySchema,
  answers: { 200: { description: "Their purchases", schema: historySchema } },
  personal: true,
};

/** The route that finds items. */
export function catalogueRoutes(parts: Parts) {
  return new Hono().get("/v1/items", query(itemsQuerySchema), async (c) => {
    const { q, limit } = c.req.valid("query");
    const { recommender, version } = snapshotOf(parts);
    const { found, more } = await searchItems(recommender.model, q, limit);
    const items = found.map((item) => ({ ...item }));
    return c.json({ model: version, requestId: requestIdOf(c), more, items }, 200);
  });
}

/** The routes that show customers; they say so where these are not `listed`. */
export function customerRoutes(parts: Parts, listed: boolean) {
  const guarded = customersGuarded(parts, listed);
  return new Hono()
    .get("/v1/users", guarded, query(usersQuerySchema), (c) => {
      const { q, limit } = c.req.valid("query");
      const snapshot = snapshotOf(parts);
      const { found, more } = findCustomers(snapshot, q, limit);
      const about = { model: snapshot.version, requestId: requestIdOf(c) };
      return c.json({ ...about, more, users: [...found] }, 200);
    })
    .get(
      "/v1/users/:id/history",
      guarded,
      params(idParamSchema),
      query(historyQuerySchema),
      (c) => {
        const { id } = c.req.valid("param");
        const snapshot = snapshotOf(parts);
        const history = historyOf(snapshot, id);
        return c.json({
          model: snapshot.version,
          requestId: requestIdOf(c),
          user: id,
          total: history.length,
          purchases: history.slice(0, c.req.valid("query").limit)
            .map(({ time, ...entry }) => ({ ...entry, time: time?.toISOString() ?? null })),
        }, 200);
      },
    );
}
