/** Why an item has its score: Hu, Koren, Volinsky 2008, section 5. */
import type { FoldIn } from "./foldin.ts";
import type { Model } from "./model.ts";
import type { Row } from "./row_solver.ts";

/** What one purchase adds to a score: confidence times similarity. */
export interface Share {
  /** Index of the item that was bought. */
  readonly item: number;
  /** The purchase's confidence c = 1 + alpha * f(r). */
  readonly confidence: number;
  /** Of the bought item to the explained one, as this user's other purchases leave it. */
  readonly similarity: number;
  /** confidence * similarity */
  readonly contribution: number;
}

/** The terms of a score: contributions, trend and other add up to it. */
export interface Terms {
  /** Largest contribution first, then by item index. */
  readonly shares: readonly Share[];
  /** Of the trend column; zero without one. */
  readonly trend: number;
  /** The rest. */
  readonly other: number;
}

/**
 * The terms of `score`, the inner product of `user` (cols) with the factors of item `item`. The row
 * is what the user bought. Shares are those of the factors folded in from the row, so `other` is how
 * far the score of `user` is from theirs. Throws `RangeError` where the numbers stop being finite.
 */
export function explain(
  foldIn: FoldIn,
  { itemFactors: { cols, data } }: Model,
  { row, user, item, score }: { row: Row; user: Float32Array; item: number; score: number },
): Terms {
  const similarities = foldIn.users.similarities(row, data, item * cols);
  const shares = Array.from(row.indices, (bought, e): Share => {
    const confidence = 1 + row.extra[e]!;
    const similarity = similarities[e]!;
    return { item: bought, confidence, similarity, contribution: confidence * similarity };
  }).sort((a, b) => b.contribution - a.contribution || a.item - b.item);
  let trend = 0;
  for (let f = foldIn.users.factors; f < cols; f++) trend += user[f]! * data[item * cols + f]!;
  const explained = shares.reduce((sum, { contribution }) => sum + contribution, 0);
  return { shares, trend, other: score - trend - explained };
}
