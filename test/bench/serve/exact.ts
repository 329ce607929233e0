/** Brute force in float64: what exact lists must equal. */
import type { Model } from "../../../pipeline/als/model.ts";
import { score } from "../../../pipeline/topk/score.ts";

/** Item indices and scores, best first. */
export interface BruteList {
  readonly items: readonly number[];
  readonly scores: readonly number[];
}

/** The best `n` of all items that user `u` has not bought and that are not in `exclude`. */
export function bruteForce(
  { userFactors: x, itemFactors: y, seen }: Model,
  u: number,
  n: number,
  exclude: ReadonlySet<number> = new Set(),
): BruteList {
  const bought = new Set(seen.indices.subarray(seen.indptr[u]!, seen.indptr[u + 1]!));
  const all: (readonly [item: number, score: number])[] = [];
  for (let i = 0; i < y.rows; i++) {
    if (bought.has(i) || exclude.has(i)) continue;
    all.push([i, score(x.data, u * x.cols, y.data, i * y.cols, y.cols)]);
  }
  all.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const best = all.slice(0, n);
  return { items: best.map(([item]) => item), scores: best.map(([, score]) => score) };
}
