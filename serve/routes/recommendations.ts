/** Recommendations asked for in a body: for many users, for a basket, with long filters. */
import { Hono } from "hono";
import type { UserFilter } from "../../pipeline/filters.ts";
import { forBasket, forUser } from "../answers.ts";
import { MAX_LIST_BODY } from "../body.ts";
import type { Operation } from "../openapi/operation.ts";
import {
  type RecommendationsRequest,
  recommendationsRequestSchema,
  recommendationsSchema,
  requestForm,
} from "../schemas/recommendation.ts";
import { body } from "../validate.ts";
import { type Parts, requestIdOf, snapshotOf } from "./parts.ts";

/** `POST /v1/recommendations` */
export const recommendationsOperation: Operation = {
  method: "post",
  path: "/v1/recommendations",
  id: "recommendations",
  tag: "Recommendations",
  summary: "Best items for one user, for several, or for a visitor's basket",
  description: "One of `user`, `users` and `basket`. All answers come from one model.",
  body: {
    schema: recommendationsRequestSchema,
    example: { basket: ["4711", "815"], n: 5, attributes: { category: ["Socks"] } },
  },
  answers: {
    200: { description: "One answer for each user, in order", schema: recommendationsSchema },
  },
  problems: [409],
};

const EXAMPLE = '{"users": ["…"], "n": 10}, {"user": "…"} or {"basket": ["…"]}';

/** Its route. */
export function recommendationsRoute(parts: Parts) {
  const parsed = body(recommendationsRequestSchema, {
    limit: MAX_LIST_BODY,
    example: EXAMPLE,
    form: requestForm,
  });
  return new Hono().post("/v1/recommendations", parsed, (c) => {
    const asked = c.req.valid("json");
    const explain = "explain" in asked && asked.explain;
    const wanted = { n: asked.n, filter: filterOf(asked), explain, requestId: requestIdOf(c) };
    const snapshot = snapshotOf(parts);
    if ("basket" in asked) {
      const basket = asked.basket.map((entry) => {
        if (typeof entry === "string") return entry;
        const { time, ...rest } = entry;
        return time === undefined ? rest : { ...rest, time: new Date(time) };
      });
      return c.json({ answers: [forBasket(snapshot, basket, wanted)] }, 200);
    }
    const users = "users" in asked ? asked.users : [asked.user];
    return c.json({ answers: users.map((user) => forUser(snapshot, user, wanted)) }, 200);
  });
}

function filterOf(asked: RecommendationsRequest): UserFilter {
  const { exclude, inStock, brands, attributes, bought } = asked;
  return { exclude, only: inStock, brands, attributes, bought };
}
