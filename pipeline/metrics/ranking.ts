/**
 * Ranking metrics of one user's list, each with its definition as data: what a figure means goes
 * with the figure into JSON and reports.
 */
import type { Csr } from "../data/matrix.ts";
import { rowIndices } from "../data/matrix.ts";

/** Lists by row: list `r` is `items[r * k ..]`, `lengths[r]` long, best first. */
export interface Lists {
  readonly k: number;
  /** rows; each at most k. */
  readonly lengths: Uint32Array;
  /** rows x k, row-major. */
  readonly items: Uint32Array;
}

export interface MetricDefinition {
  readonly name: string;
  readonly formula: string;
  readonly denominator: string;
}

export interface RankingMetric extends MetricDefinition {
  /**
   * Value for one user. `hits[r]` is 1 where the item at rank r + 1 is relevant, `relevant` (from
   * 1) the number of relevant items. A list shorter than k has no hits beyond its end.
   */
  readonly of: (hits: Uint8Array, relevant: number, k: number) => number;
}

/** Holds for every metric, whatever its formula. */
export const conventions = {
  users:
    "The same users for every model: those with a training interaction and a relevant test item. A user whom a model gives no list scores 0. Users without a training interaction are left out and counted.",
  relevant:
    "A user's distinct test items that fit the target; items unknown to training stay relevant and are counted.",
  candidates:
    "The full catalogue, never a sample. Target new: items bought in training are removed, not pushed down. Target repeat: only items bought in training. Target all: every item.",
  ties: "Score descending, then item index ascending.",
  mean: "Arithmetic mean over the users.",
} as const;

/** AP@k as Spark, implicit and RecBole define it; the mean over users is MAP@k. */
const map: RankingMetric = {
  name: "Mean average precision",
  formula: "AP@k = sum over ranks r <= k with a hit of (hits up to r) / r, over the denominator",
  denominator: "min(k, relevant items)",
  of(hits, relevant, k) {
    let found = 0;
    let sum = 0;
    for (let r = 0; r < Math.min(k, hits.length); r++) {
      if (hits[r] === 1) sum += ++found / (r + 1);
    }
    return sum / Math.min(k, relevant);
  },
};

/** Järvelin & Kekäläinen 2002, with binary gain. */
const ndcg: RankingMetric = {
  name: "Normalized discounted cumulative gain",
  formula: "DCG@k = sum over ranks r <= k with a hit of 1 / log2(r + 1), over the denominator",
  denominator: "DCG of a list that starts with min(k, relevant items) hits",
  of(hits, relevant, k) {
    let sum = 0;
    let ideal = 0;
    for (let r = 0; r < Math.min(k, hits.length); r++) {
      if (hits[r] === 1) sum += 1 / Math.log2(r + 2);
    }
    for (let r = 0; r < Math.min(k, relevant); r++) ideal += 1 / Math.log2(r + 2);
    return sum / ideal;
  },
};

const recall: RankingMetric = {
  name: "Recall",
  formula: "hits within the first k, over the denominator",
  denominator: "relevant items (all of them: not cut at k)",
  of: (hits, relevant, k) => countHits(hits, k) / relevant,
};

const precision: RankingMetric = {
  name: "Precision",
  formula: "hits within the first k, over the denominator",
  denominator: "k, however short the list",
  of: (hits, _relevant, k) => countHits(hits, k) / k,
};

const mrr: RankingMetric = {
  name: "Mean reciprocal rank",
  formula: "1 / rank of the first hit within the first k; 0 without one",
  denominator: "none",
  of(hits, _relevant, k) {
    const first = hits.subarray(0, k).indexOf(1);
    return first < 0 ? 0 : 1 / (first + 1);
  },
};

export const rankingMetrics = { map, ndcg, recall, precision, mrr } as const;

export type RankingMetricName = keyof typeof rankingMetrics;

/** For each item of a list 1 where it is among the ascending `relevant`, else 0. */
export function hitsOf(items: Uint32Array, relevant: Uint32Array): Uint8Array {
  const wanted = new Set(relevant);
  return Uint8Array.from(items, (item) => wanted.has(item) ? 1 : 0);
}

/**
 * Every ranking metric at every k for every user: "ndcg@10" to one value a row.
 *
 * Row `r` of `relevant` belongs to list `r`. Throws `RangeError` where the rows differ, a list is
 * shorter than the largest k allows for, or a row has no relevant item.
 */
export function perUserMetrics(
  lists: Lists,
  relevant: Csr,
  ks: readonly number[],
): Record<string, Float64Array> {
  checkRows(lists, relevant, Math.max(...ks));
  const values: Record<string, Float64Array> = {};
  const columns = ks.flatMap((k) =>
    Object.entries(rankingMetrics).map(([name, metric]) => {
      const into = new Float64Array(relevant.rows);
      values[`${name}@${k}`] = into;
      return { k, metric, into };
    })
  );
  for (let r = 0; r < relevant.rows; r++) {
    const { hits, count } = judge(lists, relevant, r);
    for (const { k, metric, into } of columns) into[r] = metric.of(hits, count, k);
  }
  return values;
}

/** Mean NDCG@k over the rows, for a validation between sweeps; see `perUserMetrics`. */
export function meanNdcg(lists: Lists, relevant: Csr, k: number): number {
  checkRows(lists, relevant, k);
  const values = new Float64Array(relevant.rows);
  for (let r = 0; r < values.length; r++) {
    const { hits, count } = judge(lists, relevant, r);
    values[r] = ndcg.of(hits, count, k);
  }
  return mean(values);
}

/** Arithmetic mean, added up in order; throws `RangeError` for no values. */
export function mean(values: Float64Array): number {
  if (values.length === 0) throw new RangeError("There is no mean over no users");
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function judge(lists: Lists, relevant: Csr, r: number): { hits: Uint8Array; count: number } {
  const wanted = rowIndices(relevant, r);
  if (wanted.length === 0) {
    throw new RangeError(`Row ${r} has no relevant item: leave such users out`);
  }
  const from = r * lists.k;
  const items = lists.items.subarray(from, from + (lists.lengths[r] ?? 0));
  return { hits: hitsOf(items, wanted), count: wanted.length };
}

function checkRows(lists: Lists, relevant: Csr, k: number): void {
  if (lists.lengths.length !== relevant.rows) {
    throw new RangeError(`${lists.lengths.length} lists for ${relevant.rows} users`);
  }
  if (lists.k < k) throw new RangeError(`Lists of ${lists.k} items say nothing about k = ${k}`);
}

function countHits(hits: Uint8Array, k: number): number {
  let count = 0;
  for (let r = 0; r < Math.min(k, hits.length); r++) count += hits[r]!;
  return count;
}
