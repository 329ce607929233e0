/** What the purchases look like: how much sells how often, and when. */
import type { Interactions } from "../../pipeline/mod.ts";
import { pairs } from "../../pipeline/mod.ts";

export interface Shape {
  readonly tail: {
    /** Products with a buyer. */
    readonly items: number;
    /** Share of all pairs of customer and product that the best-selling tenth of them has. */
    readonly tenth: number;
    /** Products with fewer than `FEW` buyers. */
    readonly rare: number;
    /** Buyers by rank from 1, thinned out: ranks at equal distances on a logarithmic axis. */
    readonly ranks: readonly { readonly rank: number; readonly buyers: number }[];
  };
  /** Customers by how many different products they have bought. */
  readonly customers: readonly {
    readonly from: number;
    readonly to: number;
    readonly customers: number;
  }[];
  /** Purchases (of one customer, product and time) by week from Monday; none without times. */
  readonly weeks: readonly { readonly week: string; readonly purchases: number }[];
  /** Calendar months, purchases of all years together beside their mean; none for less than a year. */
  readonly months: readonly { readonly month: number; readonly relative: number }[];
}

/** Products with fewer buyers are rare. */
export const FEW = 10;

const POINTS = 120;
const [DAY, WEEK] = [86_400, 7 * 86_400];
/** 5 January 1970 was a Monday. */
const MONDAY = 4 * DAY;
const YEAR = 365 * DAY;

/** The shape of all purchases, the test part included. */
export function shapeOf(bought: Interactions): Shape {
  const { indptr, indices } = pairs(bought);
  const buyers = new Uint32Array(bought.items);
  for (const item of indices) buyers[item]!++;
  const sorted = buyers.filter((count) => count > 0).sort().reverse();
  const top = sorted.subarray(0, Math.ceil(sorted.length / 10)).reduce((sum, n) => sum + n, 0);
  return {
    tail: {
      items: sorted.length,
      tenth: indices.length === 0 ? 0 : top / indices.length,
      rare: sorted.filter((count) => count < FEW).length,
      ranks: thinned(sorted),
    },
    customers: customersBy(indptr),
    weeks: weeksOf(bought),
    months: monthsOf(bought),
  };
}

function thinned(sorted: Uint32Array): Shape["tail"]["ranks"] {
  const ranks = new Set<number>();
  for (let n = 0; n < POINTS; n++) {
    ranks.add(Math.round(sorted.length ** (n / (POINTS - 1))));
  }
  return [...ranks].filter((rank) => rank >= 1 && rank <= sorted.length)
    .map((rank) => ({ rank, buyers: sorted[rank - 1]! }));
}

/** 1, 2, 3 to 4, 5 to 8, … */
function customersBy(indptr: Uint32Array): Shape["customers"] {
  const counts: number[] = [];
  for (let u = 0; u + 1 < indptr.length; u++) {
    const products = indptr[u + 1]! - indptr[u]!;
    if (products === 0) continue;
    const step = Math.ceil(Math.log2(products));
    counts[step] = (counts[step] ?? 0) + 1;
  }
  return Array.from(counts, (customers = 0, step) => ({
    from: step === 0 ? 1 : 2 ** (step - 1) + 1,
    to: 2 ** step,
    customers,
  })).filter(({ customers }) => customers > 0);
}

function weeksOf({ time, quantity }: Interactions): Shape["weeks"] {
  const weeks = new Map<number, number>();
  time?.forEach((seconds, at) => {
    if (quantity[at]! <= 0) return;
    const week = Math.floor((seconds - MONDAY) / WEEK);
    weeks.set(week, (weeks.get(week) ?? 0) + 1);
  });
  const known = [...weeks.keys()];
  if (known.length === 0) return [];
  const [first, last] = known.reduce(
    ([low, high], week) => [Math.min(low, week), Math.max(high, week)],
    [Infinity, -Infinity],
  );
  // A stray date far from all others would be a picture of nothing.
  if (last - first > 52 * 40) return [];
  return Array.from({ length: last - first + 1 }, (_, n) => ({
    week: dayOf((first + n) * WEEK + MONDAY),
    purchases: weeks.get(first + n) ?? 0,
  }));
}

/** Only whole years count: a month that the data has twice would look like a season. */
function monthsOf({ time, quantity }: Interactions): Shape["months"] {
  if (time === undefined) return [];
  let [first, last] = [Infinity, -Infinity];
  for (const seconds of time) {
    first = Math.min(first, seconds);
    last = Math.max(last, seconds);
  }
  const years = Math.floor((last - first) / YEAR);
  if (!(years >= 1)) return [];
  const from = last - years * YEAR;
  const counts = new Array<number>(12).fill(0);
  time.forEach((seconds, at) => {
    if (seconds <= from || quantity[at]! <= 0) return;
    counts[new Date(seconds * 1000).getUTCMonth()]!++;
  });
  const mean = counts.reduce((sum, count) => sum + count, 0) / 12;
  return mean === 0 ? [] : counts.map((count, n) => ({ month: n + 1, relative: count / mean }));
}

/** UTC, as "2024-05-31". */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
