/** One metric of lists, by its name: "ndcg@10". */
import type { Csr } from "../data/matrix.ts";
import { type Lists, perUserMetrics } from "../metrics/ranking.ts";

/** The length of the lists that a metric is of. */
export function lengthOf(metric: string): number {
  return Number(metric.slice(metric.indexOf("@") + 1));
}

/**
 * The metric's value of each user. Row `r` of `relevant` belongs to list `r`. Throws `RangeError` where
 * there is no such metric of one user, and as `perUserMetrics` does.
 */
export function valuesOf(lists: Lists, relevant: Csr, metric: string): Float64Array {
  const values = perUserMetrics(lists, relevant, [lengthOf(metric)]);
  const wanted = values[metric];
  if (wanted !== undefined) return wanted;
  const known = Object.keys(values).map((name) => name.slice(0, name.indexOf("@")));
  throw new RangeError(`tune.metric: there is no "${metric}" of one user: ${known.join(", ")}`);
}
