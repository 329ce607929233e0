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
  trend: trendSchema.nullable().optional()
    .describe("Recent popularity, added to the scores. null: none. Default: train.trend."),
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
    shrink: z.number().min(0).default(10)
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

/** What of the model's params a baseline takes where its own are left out. */
export interface Inherited {
  readonly halfLife: number | null;
  readonly trend: z.infer<typeof trendSchema> | null;
}

/**
 * The baselines with every param: what was left out is as the model has it, since a model is no better for what its
 * baselines were not given.
 */
export function likeModel(baselines: Baselines, { halfLife, trend }: Inherited) {
  const { itemKnn, ease, buyAgain } = baselines;
  const decay = (own: { readonly halfLife?: number | null | undefined }) =>
    own.halfLife === undefined ? halfLife : own.halfLife;
  const column = (own: { readonly trend?: Inherited["trend"] | undefined }) =>
    own.trend === undefined ? trend : own.trend;
  return {
    ...baselines,
    itemKnn: itemKnn && { ...itemKnn, halfLife: decay(itemKnn), trend: column(itemKnn) },
    ease: ease && { ...ease, halfLife: decay(ease), trend: column(ease) },
    buyAgain: buyAgain && { ...buyAgain, halfLife: decay(buyAgain) },
  };
}
