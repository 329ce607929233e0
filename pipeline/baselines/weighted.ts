/** What item-kNN and EASE are fitted to: purchases weighed and decayed as those of ALS, and a trend. */
import { trendOf, type TrendParams } from "../als/trend.ts";
import { confidenceOf, type WeightParams } from "../als/weights.ts";
import type { Interactions } from "../data/interactions.ts";
import type { Csr } from "../data/matrix.ts";
import { baseScores } from "./item_item.ts";
import { buyersOf } from "./popularity.ts";

/** As in `train`, but for alpha: a factor of all weights is one of all scores. */
export interface ItemParams extends Omit<WeightParams, "alpha"> {
  /** Added to every score; null: none. */
  readonly trend: TrendParams | null;
}

/**
 * Users x items with f(r) (popularity / mean)^-beta of each pair, decayed; distinct buyers; and what
 * scores start from. Throws as `confidenceOf` and `trendOf` do; `section` is where the config has the params.
 */
export function weighted(train: Interactions, params: ItemParams, section: string): {
  readonly own: Csr;
  readonly buyers: Uint32Array;
  readonly base: Float64Array;
} {
  const own = confidenceOf(train, { ...params, alpha: 1 }, section);
  const buyers = buyersOf(own);
  const { trend } = params;
  const column = trend === null ? undefined : {
    item: trendOf(train, trend, `${section}.trend`).item,
    weight: trend.weight,
  };
  return { own, buyers, base: baseScores(buyers, column) };
}
