/** Fold-in of many users at once, into factors that were fitted without them. */
import type { Factors } from "../data/formats.ts";
import { type Interactions, latestTime, pairs } from "../data/interactions.ts";
import { buyers } from "./model.ts";
import { RowSolver } from "./row_solver.ts";
import type { TrendParams } from "./trend.ts";
import {
  lambdaOf,
  popularityScale,
  type RegularizationParams,
  weigh,
  type WeightParams,
} from "./weights.ts";

/** How the factors were fitted, so far as it decides a user's row. */
export type FoldUsersParams = WeightParams & RegularizationParams & {
  readonly trend: TrendParams | null;
};

/** Throws `TypeError` where held-out users cannot be folded into this model. */
export function requireFoldIn(model: string): void {
  if (model === "als") return;
  throw new TypeError(
    `split.strategy is "held-out-users", but train.model "${model}" has no fold-in: its rows are no ` +
      `solution of least squares. Set train.model to "als", or another strategy`,
  );
}

/**
 * The factors with the rows of all users of `rows` solved from these purchases, the items held fixed:
 * the user's half of a sweep (Hu, Koren, Volinsky 2008, equation 4). Other users stay as they are.
 * `train` is what `factors` were fitted on: popularity is counted there, and the age of a purchase from
 * the latest of both. The trend's constant is that of every user.
 *
 * Throws `RangeError` where the numbers stop being finite, and as `weigh` does.
 */
export function foldUsers(
  { user, item }: Factors,
  train: Interactions,
  rows: Interactions,
  params: FoldUsersParams,
): Factors {
  const net = pairs(rows);
  const counts = buyers(pairs(train));
  const scale = popularityScale(counts, params.popularityExponent);
  const now = Math.max(latestTime(train) ?? -Infinity, latestTime(rows) ?? -Infinity);
  const times = Number.isFinite(now) ? now : undefined;
  const { indptr, indices, values } = weigh(rows, net, params, (i) => scale(counts[i]!), times);
  const learned = item.cols - (params.trend === null ? 0 : 1);
  const solver = new RowSolver(item, learned);
  const data = user.data.slice();
  for (let u = 0; u < net.rows; u++) {
    const [from, to] = [indptr[u]!, indptr[u + 1]!];
    if (from === to) continue;
    const row = data.subarray(u * user.cols, (u + 1) * user.cols);
    row.set(solver.solve({
      indices: indices.subarray(from, to),
      extra: values.subarray(from, to),
      lambda: lambdaOf(to - from, net.cols, params),
    }));
    if (params.trend !== null) row[learned] = params.trend.weight;
  }
  return { user: { ...user, data }, item };
}
