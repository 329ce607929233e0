import type { Factors } from "../data/formats.ts";
import { type Interactions, pairs } from "../data/interactions.ts";
import type { Csr } from "../data/matrix.ts";
import { factorRanker, type Ranker } from "../topk/ranker.ts";

/** Ranks by `popularity`. Throws as `pairs` does. */
export function fitPopularity(train: Interactions): Ranker {
  return factorRanker("popularity", popularity(pairs(train)));
}

/**
 * Popularity as a model of one factor: an item's is the number of distinct users who bought it
 * (the entries of its column of `train`, users x items), every user's is 1. So it is ranked by the
 * same exact top-k as any factor model, ties and seen items included. Counts up to 2^24 are exact.
 */
export function popularity(train: Csr): Factors {
  return oneFactor(train.rows, Float32Array.from(buyersOf(train)));
}

/** Distinct buyers of each item: items. */
export function buyersOf(train: Csr): Uint32Array {
  const buyers = new Uint32Array(train.cols);
  for (const item of train.indices) buyers[item]!++;
  return buyers;
}

/** A model by which every user's score of an item is `score[item]`. */
export function oneFactor(users: number, score: Float32Array): Factors {
  return {
    user: { rows: users, cols: 1, data: new Float32Array(users).fill(1) },
    item: { rows: score.length, cols: 1, data: score },
  };
}
