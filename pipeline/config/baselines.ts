/** What a model is measured beside. */
import { z } from "zod";
import { trendSchema, weightSchema } from "./weights.ts";

const halfLife = z.number().positive().nullable().optional()
  .describe("Days after which a purchase counts half. null: no decay. Default: train.halfLife.");

const weights = {
  weight: weightSchema.default("binary").describe("f: how a pair's quantity r becomes weight."),
  cap: z.number().positive().default(10).describe("capped: the largest r that counts."),
  halfLife,
  popularityExponent: z.number().min(0).default(0)
    .describe("beta: weights are scaled by (buyers of the item / their mean)^-beta."),
  trend: trendSchema.nullable().default(null)
    .describe("Recent popularity, added to the scores. null: none."),
};

/** Each baseline's params, or null: without it. */
export const baselinesSchema = z.strictObject({
  popularity: z.strictObject({}).nullable().prefault({})
    .describe("By the number of an item's buyers. null: without it."),
  recentPopularity: z.strictObject({
    halfLife: z.number().positive().nullable().default(14)
      .describe("Days after which a buyer counts half. null: no decay."),
    window: z.number().positive().nullable().default(null)
      .describe("Days from the latest purchase that count. null: all."),
  }).nullable().prefault({})
    .describe("By the buyers of late; needs purchases with a time. null: without it."),
  itemKnn: z.strictObject({
    neighbours: z.int().min(1).max(10_000).default(200)
      .describe("How many items an item is alike to at most."),
    shrink: z.number().min(0).default(20)
      .describe("Added to a cosine's denominator: the larger, the less a few common users prove."),
    featureWeighting: z.enum(["none", "tfidf", "bm25"]).default("tfidf")
      .describe("tfidf, bm25: who buys much tells less of each item."),
    ...weights,
  }).nullable().prefault({})
    .describe("Item-based neighbourhoods (Deshpande, Karypis 2004). null: without it."),
  ease: z.strictObject({
    lambda: z.number().positive().default(200),
    ...weights,
    maxItems: z.int().min(1).max(16_000).default(4000)
      .describe("The most bought items that it is fitted to: time grows with the cube of it."),
  }).nullable().prefault({}).describe("EASE (Steck 2019). null: without it."),
  buyAgain: z.strictObject({ halfLife }).nullable().prefault({})
    .describe("What the user bought before; with target repeat or all. null: without it."),
});

export type Baselines = z.infer<typeof baselinesSchema>;

/**
 * The baselines with every param: a half-life that was left out is the model's, since a model is no better for what its
 * baselines were not given. A trend is not: its weight counts in the units of a model's own scores.
 */
export function likeModel(
  baselines: Baselines,
  train: { readonly halfLife: number | null },
) {
  const { itemKnn, ease, buyAgain } = baselines;
  const decay = (own: { readonly halfLife?: number | null | undefined }) => ({
    halfLife: own.halfLife === undefined ? train.halfLife : own.halfLife,
  });
  return {
    ...baselines,
    itemKnn: itemKnn && { ...itemKnn, ...decay(itemKnn) },
    ease: ease && { ...ease, ...decay(ease) },
    buyAgain: buyAgain && { ...buyAgain, ...decay(buyAgain) },
  };
}
