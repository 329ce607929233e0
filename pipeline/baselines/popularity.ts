import type { Factors } from "../data/formats.ts";
import type { Csr } from "../data/matrix.ts";

/**
 * Popularity as a model of one factor: an item's is the number of distinct users who bought it
 * (the entries of its column of `train`, users x items), every user's is 1. So it is ranked by the
 * same exact top-k as any factor model, ties and seen items included. Counts up to 2^24 are exact.
 */
export function popularity(train: Csr): Factors {
  const counts = new Float32Array(train.cols);
  for (const item of train.indices) counts[item]! += 1;
  return {
    user: { rows: train.rows, cols: 1, data: new Float32Array(train.rows).fill(1) },
    item: { rows: train.cols, cols: 1, data: counts },
  };
}
