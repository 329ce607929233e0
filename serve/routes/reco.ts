/** The call of the service that this one replaces: parallel lists of five. */
import { Hono } from "hono";
import { z } from "zod";
import type { Recommender } from "../../pipeline/recommender.ts";
import { listFor } from "../answers.ts";
import { MAX_BODY } from "../body.ts";
import type { Operation } from "../openapi/operation.ts";
import type { Snapshot } from "../recommender.ts";
import { recoListsSchema, recoRequestSchema, type RecoResponse } from "../schemas/reco.ts";
import { body } from "../validate.ts";
import { type Parts, snapshotOf } from "./parts.ts";

/** How many items an answer holds at most. */
const SIZE = 5;

/** `POST /reco` */
export const recoOperation: Operation = {
  method: "post",
  path: "/reco",
  id: "reco",
  tag: "Compatible",
  summary: "A user's top five, in the shape of the service that this one replaces",
  body: {
    schema: recoRequestSchema,
    example: { user_id_hash: "b9cbac77a336d62efd54404d2bccaecd" },
  },
  answers: {
    200: {
      description: "Parallel lists, best first",
      // Readers of the document know arrays of a length better than tuples.
      schema: z.array(recoListsSchema).length(1),
      headers: {
        "X-Recommendation": "personalized, folded_in or popular",
        "X-Model-Version": "The model that the lists come from",
      },
    },
  },
  problems: [503],
};

/** Its route. */
export function recoRoute(parts: Parts) {
  const parsed = body(recoRequestSchema, { limit: MAX_BODY, example: '{"user_id_hash": "…"}' });
  return new Hono().post("/reco", parsed, (c) => {
    const snapshot = snapshotOf(parts);
    const { kind, lists } = answer(snapshot, c.req.valid("json").user_id_hash);
    return c.json(lists, 200, { "X-Recommendation": kind, "X-Model-Version": snapshot.version });
  });
}

function answer(snapshot: Snapshot, user: string) {
  const { kind, items } = listFor(snapshot, user, SIZE);
  const lists: RecoResponse = [{
    score: items.map(({ score }) => score),
    catalog_item_name: items.map(({ name }) => name),
    catalog_item_id: idsOf(snapshot.recommender, items),
    brand_name: items.map(({ brand }) => brand),
  }];
  return { kind, lists };
}

/** Item ids as the replaced service wrote them: numbers where all are integers. */
function idsOf({ model }: Recommender, items: readonly { readonly id: string }[]) {
  const ids = items.map(({ id }) => id);
  return model.manifest.integerItemIds ? ids.map(Number) : ids;
}
