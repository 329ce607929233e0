/** Ranking metrics of one user's list, each with its definition, and their values for all users. */
import type { Csr } from "../data/matrix.ts";
import { rowIndices } from "../data/matrix.ts";
import { meanOverUsers, type MetricDefinition } from "./definition.ts";

/** Lists by row: list `r` is `items[r * k ..]`, `lengths[r]` long, best first. */
export interface Lists {
  readonly k: number;
  /** rows; each at most k. */
  readonly lengths: Uint32Array;
  /** rows x k, row-major. */
  readonly items: Uint32Array;
}

export interface RankingMetric extends MetricDefinition {
  /**
   * Value for one user. `hits[r]` is 1 where the item at rank r + 1 is relevant, `relevant` (from
   * 1) the number of relevant items. A list shorter than k has no hits beyond its end.
   */
  readonly of: (hits: Uint8Array, relevant: number, k: number) => number;
}

const common = { ...meanOverUsers, better: "higher" } as const;
const TEXTBOOK = "Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval";

const map: RankingMetric = {
  ...common,
  name: "Mean average precision",
  formula: "AP@k = sum over ranks r <= k with a hit of (hits up to r) / r, over the denominator",
  denominator: "min(k, relevant items)",
  source: `${TEXTBOOK}, section 8.4; cut at k as in Spark MLlib, implicit and RecBole`,
  of(hits, relevant, k) {
    let found = 0;
    let sum = 0;
    for (let r = 0; r < Math.min(k, hits.length); r++) {
      if (hits[r] === 1) sum += ++found / (r + 1);
    }
    return sum / Math.min(k, relevant);
  },
};

const ndcg: RankingMetric = {
  ...common,
  name: "Normalized discounted cumulative gain",
  formula: "DCG@k = sum over ranks r <= k with a hit of 1 / log2(r + 1), over the denominator",
  denominator: "DCG of a list that starts with min(k, relevant items) hits",
  source: "Järvelin & Kekäläinen 2002, with binary gain",
  of(hits, relevant, k) {
    const { gain, ideal } = discountsTo(k);
    let sum = 0;
    for (let r = 0; r < Math.min(k, hits.length); r++) {
      if (hits[r] === 1) sum += gain[r]!;
    }
    return sum / ideal[Math.min(k, relevant)]!;
  },
};

const recall: RankingMetric = {
  ...common,
  name: "Recall",
  formula: "hits within the first k, over the denominator",
  denominator: "relevant items (all of them: not cut at k)",
  source: `${TEXTBOOK}, section 8.3`,
  of: (hits, relevant, k) => countHits(hits, k) / relevant,
};

const truncatedRecall: RankingMetric = {
  ...common,
  name: "Truncated recall",
  formula: "hits within the first k, over the denominator",
  denominator: "min(k, relevant items)",
  source: 'Liang et al. 2018 (Mult-VAE), there called Recall@R; in implicit "precision"',
  of: (hits, relevant, k) => countHits(hits, k) / Math.min(k, relevant),
};

const precision: RankingMetric = {
  ...common,
  name: "Precision",
  formula: "hits within the first k, over the denominator",
  denominator: "k, however short the list",
  source: `${TEXTBOOK}, section 8.4`,
  of: (hits, _relevant, k) => countHits(hits, k) / k,
};

const hitRate: RankingMetric = {
  ...common,
  name: "Hit rate",
  formula: "1 with a hit within the first k, else 0",
  denominator: "none",
  source: "Deshpande & Karypis 2004",
  of: (hits, _relevant, k) => countHits(hits, k) > 0 ? 1 : 0,
};

const mrr: RankingMetric = {
  ...common,
  name: "Mean reciprocal rank",
  formula: "1 / rank of the first hit within the first k; 0 without one",
  denominator: "none",
  source: "Voorhees 1999 (TREC-8)",
  of(hits, _relevant, k) {
    const first = hits.subarray(0, k).indexOf(1);
    return first < 0 ? 0 : 1 / (first + 1);
  },
};

export const rankingMetrics = {
  map,
  ndcg,
  recall,
  truncatedRecall,
  precision,
  hitRate,
  mrr,
} as const;

export type RankingMetricName = keyof typeof rankingMetrics;

/** The names in their order. */
export const rankingMetricNames: readonly RankingMetricName[] = [
  "map",
  "ndcg",
  "recall",
  "truncatedRecall",
  "precision",
  "hitRate",
  "mrr",
];

/** For each item of a list 1 where it is among the ascending `relevant`, else 0. */
export function hitsOf(items: Uint32Array, relevant: Uint32Array): Uint8Array {
  const hits = new Uint8Array(items.length);
  for (let r = 0; r < items.length; r++) hits[r] = includes(relevant, items[r]!) ? 1 : 0;
  return hits;
}

export interface Selection {
  /** Row `r` of the relevant items belongs to list `rows[r]`; left out: to list `r`. */
  readonly rows?: Uint32Array;
  /** Which metrics; left out: all. */
  readonly metrics?: readonly RankingMetricName[];
}

/**
 * Every ranking metric at every k for every user: "ndcg@10" to one value a row.
 *
 * Row `r` of `relevant` belongs to list `r`, or as `rows` says. Throws `RangeError` where the rows
 * differ, a list is shorter than the largest k allows for, or a row has no relevant item.
 */
export function perUserMetrics(
  lists: Lists,
  relevant: Csr,
  ks: readonly number[],
  { rows, metrics = rankingMetricNames }: Selection = {},
): Record<string, Float64Array> {
  checkRows(lists, rows?.length ?? lists.lengths.length, relevant, Math.max(...ks));
  const values: Record<string, Float64Array> = {};
  const columns = ks.flatMap((k) =>
    metrics.map((name) => {
      const into = new Float64Array(relevant.rows);
      values[`${name}@${k}`] = into;
      return { k, metric: rankingMetrics[name], into };
    })
  );
  for (let r = 0; r < relevant.rows; r++) {
    const { hits, count } = judge(lists, rows ? rows[r]! : r, relevant, r);
    for (const { k, metric, into } of columns) into[r] = metric.of(hits, count, k);
  }
  return values;
}

/** Mean NDCG@k over the rows, for a validation between sweeps; see `perUserMetrics`. */
export function meanNdcg(lists: Lists, relevant: Csr, k: number): number {
  checkRows(lists, lists.lengths.length, relevant, k);
  const values = new Float64Array(relevant.rows);
  for (let r = 0; r < values.length; r++) {
    const { hits, count } = judge(lists, r, relevant, r);
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

function judge(
  lists: Lists,
  list: number,
  relevant: Csr,
  r: number,
): { hits: Uint8Array; count: number } {
  const wanted = rowIndices(relevant, r);
  if (wanted.length === 0) {
    throw new RangeError(`Row ${r} has no relevant item: leave such users out`);
  }
  const from = list * lists.k;
  const items = lists.items.subarray(from, from + (lists.lengths[list] ?? 0));
  return { hits: hitsOf(items, wanted), count: wanted.length };
}

function checkRows(lists: Lists, rows: number, relevant: Csr, k: number): void {
  if (rows !== relevant.rows) {
    throw new RangeError(`${rows} lists for ${relevant.rows} users`);
  }
  if (lists.k < k) throw new RangeError(`Lists of ${lists.k} items say nothing about k = ${k}`);
}

function countHits(hits: Uint8Array, k: number): number {
  let count = 0;
  for (let r = 0; r < Math.min(k, hits.length); r++) count += hits[r]!;
  return count;
}

/** Whether `value` is among ascending values. */
function includes(ascending: Uint32Array, value: number): boolean {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === value;
}

interface Discounts {
  /** gain[r] = 1 / log2(r + 2): of a hit at rank r + 1. */
  readonly gain: Float64Array;
  /** ideal[n]: of a list that starts with n hits. */
  readonly ideal: Float64Array;
}

let discounts: Discounts = { gain: new Float64Array(0), ideal: new Float64Array(1) };

/** Logarithms are taken once, not once for every user. */
function discountsTo(k: number): Discounts {
  if (discounts.gain.length < k) {
    const gain = Float64Array.from({ length: 2 * k }, (_, r) => 1 / Math.log2(r + 2));
    const ideal = new Float64Array(gain.length + 1);
    gain.forEach((value, r) => ideal[r + 1] = ideal[r]! + value);
    discounts = { gain, ideal };
  }
  return discounts;
}
