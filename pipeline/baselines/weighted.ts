/** What item-kNN and EASE are fitted to: purchases weighed and decayed as those of ALS, and a trend. */
import { trendOf, type TrendParams } from "../als/trend.ts";
import { confidenceOf, popularityScale, weigh, type WeightParams } from "../als/weights.ts";
import { type Interactions, latestTime, pairs } from "../data/interactions.ts";
import type { Csr } from "../data/matrix.ts";
import { baseScores } from "./item_item.ts";
import { buyersOf } from "./popularity.ts";

/** As in `train`, but for alpha: a factor of all weights is one of all scores. */
export interface ItemParams extends Omit<WeightParams, "alpha"> {
  /** Added to every score; null: none. */
  readonly trend: TrendParams | null;
}

/** What a fit and its ranking need. */
export interface Weighted {
  /** users x items: what is fitted. */
  readonly x: Csr;
  /** users x items: what users are ranked by; `x` but for users whom the fit does not see. */
  readonly own: Csr;
  /** items: distinct buyers in what is fitted. */
  readonly buyers: Uint32Array;
  /** items: what scores start from. */
  readonly base: Float64Array;
}

/**
 * f(r) (popularity / mean)^-beta of each pair, decayed. Popularity, the trend and the time from which ages count
 * are those of `train`, whatever `history` users are ranked by. Throws as `confidenceOf` and `trendOf` do;
 * `section` is where the config has the params.
 */
export function weighted(
  train: Interactions,
  params: ItemParams,
  section: string,
  history: Interactions = train,
): Weighted {
  const weights = { ...params, alpha: 1 };
  const x = confidenceOf(train, weights, section);
  const buyers = buyersOf(x);
  const scale = popularityScale(buyers, params.popularityExponent);
  const own = history === train
    ? x
    : weigh(history, pairs(history), weights, (i) => scale(buyers[i]!), latestTime(train), section);
  const { trend } = params;
  const column = trend === null ? undefined : {
    item: trendOf(train, trend, `${section}.trend`).item,
    weight: trend.weight,
  };
  return { x, own, buyers, base: baseScores(buyers, column) };
}
