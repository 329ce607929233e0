/**
 * Models that score by what items have to do with one another: item-kNN, EASE, buying again. A user's
 * score of item i is
 *
 *   base_i + sum over the user's items j, ascending, of w_uj B_ji
 *
 * in float64, added up in this order; so lists are the same to the last bit at any number of threads.
 */
import type { Csr, Dense } from "../data/matrix.ts";

/** The matrix B: what having item j, the row, says for item i, the column. */
export type ItemItem =
  | {
    readonly kind: "sparse";
    readonly items: number;
    /** items x items */
    readonly weights: Csr;
  }
  | {
    readonly kind: "dense";
    readonly items: number;
    /** Ascending: which items the rows and columns of `weights` stand for. All others are zero. */
    readonly covered: Uint32Array;
    /** covered x covered */
    readonly weights: Dense;
  };

/** What the most popular item's base is: less than any evidence, so that popularity decides ties. */
const TIE = 1e-9;

/**
 * What a score starts from (items): the trend, weighted, and 10^-9 of popularity. Items of which a model
 * knows nothing for a user would be ranked by index, which is noise; so the more popular comes first,
 * and a list is as long as those of any other model.
 */
export function baseScores(
  buyers: Uint32Array,
  trend?: { readonly item: Float32Array; readonly weight: number },
): Float64Array {
  const most = Math.max(1, buyers.reduce((a, b) => Math.max(a, b), 0));
  return Float64Array.from(
    buyers,
    (n, i) => TIE * n / most + (trend ? trend.weight * trend.item[i]! : 0),
  );
}
