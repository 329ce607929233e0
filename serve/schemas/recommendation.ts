/** Lists of items: what is asked for, what is answered. */
import { z } from "zod";
import {
  atMost,
  countSchema,
  idListSchema,
  idSchema,
  MAX_ITEMS,
  queryFlag,
  queryNumber,
} from "./common.ts";

/** How many items a list holds where the request does not say. */
const DEFAULT_COUNT = 10;

const boughtSchema = z.enum(["exclude", "include", "only"]).default("exclude")
  .describe("Whether items that the user bought are left out, may be shown, or are all that may");

/**
 * Several values in the query: the parameter is repeated, and a value is taken as it is. So many of such a
 * length still fit the 64 KiB that an address may have; more go into a body.
 */
const repeated = (what: string, most: number) =>
  z.array(z.string().min(1).max(256)).max(most).optional()
    .describe(`${what}; repeat it for several`);

const queryFilter = {
  exclude: repeated("An item to leave out", 100),
  category: repeated("An item's attribute `category` must be this, or one of these", 20),
  brand: repeated("An item's brand must be this, or one of these", 20),
};

const queryCount = {
  n: queryNumber(countSchema.default(DEFAULT_COUNT)).describe("How many items at most"),
};

/** The query of `GET /v1/popular` and `GET /v1/items/{id}/similar`. */
export const listQuerySchema = z.strictObject({ ...queryCount, ...queryFilter });

/** The query of `GET /v1/users/{id}/recommendations`. */
export const userQuerySchema = z.strictObject({
  ...queryCount,
  ...queryFilter,
  bought: boughtSchema,
  explain: queryFlag(z.boolean().default(false)).describe(
    "Say of each item what its score is made of",
  ),
});

/** A path that ends in an id. */
export const idParamSchema = z.strictObject({
  id: idSchema.describe("As in the purchases; percent-encoded in the address"),
});

const basketItemSchema = z.strictObject({
  item: idSchema,
  quantity: z.number().min(0.001).max(1_000_000).default(1),
  time: z.iso.datetime({ offset: true }).optional()
    .describe("When it was bought; now where it is left out"),
}).meta({ id: "BasketItem" });

const bodyFilter = {
  n: countSchema.default(DEFAULT_COUNT).describe("How many items at most, for each user"),
  exclude: idListSchema(10_000).optional().describe("Ids of items to leave out"),
  inStock: idListSchema(100_000).optional()
    .describe("Ids of the only items to show; ids that the model does not know have no effect"),
  brands: idListSchema(1000).optional().describe("An item must be of one of these brands"),
  attributes: atMost(
    20,
    z.record(idSchema, idListSchema(1000)).meta({ maxProperties: 20 }),
  ).optional().describe("By the name of an attribute, values of which an item must have one"),
  bought: boughtSchema,
};

const explainSchema = z.boolean().default(false)
  .describe("Say of each item what its score is made of");

const userRequestSchema = z.strictObject({
  user: idSchema.describe("One user"),
  explain: explainSchema,
  ...bodyFilter,
}).meta({ id: "UserRequest" });

const batchRequestSchema = z.strictObject({
  users: idListSchema(100, 1).describe("Several users: one answer for each, in order"),
  ...bodyFilter,
}).meta({ id: "BatchRequest" });

const basketRequestSchema = z.strictObject({
  basket: atMost(1000, z.array(z.union([idSchema, basketItemSchema])).min(1).max(1000))
    .describe("What a visitor without history chose: ids, or ids with quantities and times"),
  explain: explainSchema,
  ...bodyFilter,
}).meta({ id: "BasketRequest" });

/** The body of `POST /v1/recommendations`: for one user, for several, or for a basket. */
export const recommendationsRequestSchema = z.union([
  userRequestSchema,
  batchRequestSchema,
  basketRequestSchema,
]);

/** The one of its forms that a body means to be: what is wrong is said by that one. */
export function requestForm(
  json: unknown,
): z.ZodType<z.output<typeof recommendationsRequestSchema>> {
  if (typeof json !== "object" || json === null) return recommendationsRequestSchema;
  if ("users" in json) return batchRequestSchema;
  return "basket" in json ? basketRequestSchema : userRequestSchema;
}

const textOrNull = z.string().nullable();

const contributionSchema = z.strictObject({
  id: z.string().describe("The item that was bought"),
  name: textOrNull,
  confidence: z.number().describe("How much the purchase counts in the fit"),
  similarity: z.number().describe(
    "Of the bought item to this one, as the other purchases leave it",
  ),
  contribution: z.number().describe("confidence * similarity"),
}).meta({ id: "Contribution" });

const explanationSchema = z.strictObject({
  contributions: z.array(contributionSchema)
    .describe("By purchase, the largest first; at most ten"),
  rest: z.number().describe("What further purchases contribute, added up"),
  trend: z.number().describe("What the item's recent popularity adds"),
  other: z.number().describe("What purchases do not explain"),
}).meta({
  id: "Explanation",
  description: "Why an item has its score: contributions, rest, trend and other add up to it",
});

const itemSchema = z.strictObject({
  id: z.string(),
  name: textOrNull,
  brand: textOrNull,
  attributes: z.record(z.string(), textOrNull),
  score: z.number().describe("What ranked it: larger is better; its kind depends on the answer's"),
  explanation: explanationSchema.optional().describe("Where `explain` asked for it"),
}).meta({ id: "Item" });

const provenance = {
  model: z.string().describe("The version of the model that answered: its digest"),
  data: z.string().describe("Digest of the purchases that the model was fitted on"),
  split: z.string().describe("Digest of the training part that its metrics are of"),
  requestId: z.string().describe("As in the header X-Request-Id"),
};

const list = {
  requested: z.int().min(1).max(MAX_ITEMS),
  returned: z.int().min(0).max(MAX_ITEMS),
  complete: z.boolean().describe("Whether as many items came back as were asked for"),
  shortage: textOrNull.describe("Why they are fewer: lists are never padded"),
  unknown: z.strictObject({
    items: z.array(z.string()).describe("Ids of the basket that the model does not know"),
    filters: z.array(z.string()).describe("Values of filters that no item has"),
  }),
  items: z.array(itemSchema).max(MAX_ITEMS).describe("Best first"),
};

/** A list for one user or basket, and all that says what it is. */
export const recommendationSchema = z.strictObject({
  kind: z.enum(["personalized", "folded_in", "popular"]).describe(
    "personalized: by the user's own factors. folded_in: by factors made of purchases that the " +
      "model was not fitted on. popular: nothing is known of the user; scores are numbers of buyers",
  ),
  user: textOrNull.describe("Whom it is for; null for a basket"),
  ...provenance,
  ...list,
}).meta({ id: "Recommendation" });

/** The answer of `POST /v1/recommendations`: one for each user, in order. */
export const recommendationsSchema = z.strictObject({
  answers: z.array(recommendationSchema).max(100),
}).meta({ id: "Recommendations" });

/** The items with the most buyers. */
export const popularSchema = z.strictObject({
  kind: z.literal("popular"),
  ...provenance,
  ...list,
}).meta({ id: "Popular" });

/** The items most like one. */
export const similarSchema = z.strictObject({
  kind: z.literal("similar"),
  item: z.string().describe("What they are like"),
  ...provenance,
  ...list,
}).meta({ id: "Similar" });

export type UserQuery = z.output<typeof userQuerySchema>;
export type RecommendationsRequest = z.output<typeof recommendationsRequestSchema>;
export type RecommendedItem = z.infer<typeof itemSchema>;
export type Recommendation = z.infer<typeof recommendationSchema>;
export type Popular = z.infer<typeof popularSchema>;
export type Similar = z.infer<typeof similarSchema>;
