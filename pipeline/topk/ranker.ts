import type { Factors } from "../data/formats.ts";
import type { RankedLists, TopKQuery } from "./lists.ts";
import type { TopKPool, TopKProgress } from "./pool.ts";

/** For whom to rank, and what may stand in the lists. */
export type RankingRequest = Pick<TopKQuery, "rows" | "k" | "candidates">;

/** Anything that ranks the catalogue for users: a model, a baseline, the truth. */
export interface Ranker {
  readonly name: string;
  /** List `r` belongs to user `rows[r]`; order and length of the lists as in `topK`. */
  rank(request: RankingRequest, pool: TopKPool, options?: TopKProgress): Promise<RankedLists>;
}

/** Ranks by the inner product of factors. */
export function factorRanker(name: string, { user, item }: Factors): Ranker {
  return {
    name,
    rank: (request, pool, options) => pool.topK({ ...request, users: user, items: item }, options),
  };
}
