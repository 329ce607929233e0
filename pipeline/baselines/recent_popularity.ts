import { recentBuyers } from "../als/trend.ts";
import { decayOf } from "../als/weights.ts";
import type { Factors } from "../data/formats.ts";
import { type Interactions, latestTime, pairs } from "../data/interactions.ts";
import { factorRanker, type Ranker } from "../topk/ranker.ts";
import { oneFactor } from "./popularity.ts";

/** What counts as recent; `evaluate.baselines.recentPopularity` in the config. */
export interface RecentPopularityParams {
  /** Days after which a buyer counts half; null: no decay. */
  readonly halfLife: number | null;
  /** Days from the latest purchase within which a purchase counts; null: all do. */
  readonly window: number | null;
}

const KEY = "evaluate.baselines.recentPopularity";
const DAY = 86_400;

/** Ranks by `recentPopularity`, and throws as it does. */
export function fitRecentPopularity(train: Interactions, params: RecentPopularityParams): Ranker {
  return factorRanker("recentPopularity", recentPopularity(train, params));
}

/**
 * Popularity of late as a model of one factor: each buyer of an item counts once, by their latest
 * purchase of it, as in the trend of the model (`recentBuyers`). Ji, Sun, Zhang, Li (2020), "A re-visit of
 * the popularity baseline in recommender systems", on why this is the popularity to compare with.
 *
 * Throws `RangeError` where the interactions have no times that either param needs, and as `pairs` does.
 */
export function recentPopularity(
  train: Interactions,
  { halfLife, window }: RecentPopularityParams,
): Factors {
  const decay = decayOf(train, halfLife, `${KEY}.halfLife`);
  const { time } = train;
  if (window !== null && time === undefined) {
    throw new RangeError(
      `${KEY}.window asks for the last ${window} days but the purchases have no time: map ` +
        `source.interactions.columns.time, or set ${KEY} to null`,
    );
  }
  const since = window === null ? -Infinity : (latestTime(train) ?? 0) - window * DAY;
  const counts = (at: number) => time === undefined || time[at]! > since ? decay(at) : 0;
  return oneFactor(train.users, Float32Array.from(recentBuyers(train, pairs(train), counts)));
}
