/** How unlike the items of one list are, by who bought them in training. */
import { rowIndices } from "../data/matrix.ts";
import { meanOverUsers, type MetricDefinition } from "./definition.ts";
import type { Lists } from "./ranking.ts";
import { SAMPLED_USERS, type TrainingFacts } from "./training_facts.ts";

/** Every pair of a list is looked at, so their number bounds k. */
export const MOST_DIVERSE = 20;

export const diversityDefinition: MetricDefinition = {
  ...meanOverUsers,
  name: "Intra-list diversity",
  formula:
    "1 - mean over the pairs of items within the first k of |A and B| / sqrt(|A| |B|), the cosine of their sets A, B of training buyers; 0 for an item without one. " +
    `Where training has more than ${SAMPLED_USERS} users, every n-th of them counts, that many at most`,
  denominator: `pairs within the list's first k, k from 2 to ${MOST_DIVERSE}`,
  users: "mean over the test users; one whose list has fewer than two items has 0",
  source: "Smyth & McClave 2001; Ziegler et al. 2005",
  better: "neither",
};

/** Pairs that are held at once, at most. */
const MOST_PAIRS = 1 << 21;

/**
 * Diversity of every list at those of the ascending `ks` for which it is defined: "diversity@10" to one
 * value a list. Each pair's cosine is counted once for all lists of a block that hold it.
 */
export function diversity(
  lists: Lists,
  ks: readonly number[],
  facts: TrainingFacts,
): Record<string, Float64Array> {
  const defined = ks.filter((k) => k >= 2 && k <= MOST_DIVERSE);
  const values = defined.map(() => new Float64Array(lists.lengths.length));
  const most = Math.max(0, ...defined);
  const step = Math.max(1, Math.floor(MOST_PAIRS / Math.max(1, pairsOf(most))));
  for (let from = 0; most > 0 && from < lists.lengths.length; from += step) {
    const to = Math.min(from + step, lists.lengths.length);
    addSimilarities(pairsBetween(lists, from, to, most, facts), defined, values, facts);
  }
  for (const [n, k] of defined.entries()) {
    const into = values[n]!;
    for (let r = 0; r < into.length; r++) {
      const pairs = pairsOf(Math.min(k, lists.lengths[r]!));
      // Rounding must not take lists of equal items below zero.
      into[r] = pairs === 0 ? 0 : Math.max(0, 1 - into[r]! / pairs);
    }
  }
  return Object.fromEntries(defined.map((k, n) => [`diversity@${k}`, values[n]!]));
}

function pairsOf(items: number): number {
  return items * (items - 1) / 2;
}

/** Pairs of items that stand in one list, ordered by the one that more have bought. */
interface Pairs {
  /** pairs: the item with more buyers, ascending. */
  readonly more: Uint32Array;
  /** pairs */
  readonly fewer: Uint32Array;
  /** pairs: whose list. */
  readonly row: Uint32Array;
  /** pairs: places that a list must have for both to be in it. */
  readonly places: Uint32Array;
}

function pairsBetween(
  lists: Lists,
  from: number,
  to: number,
  most: number,
  { items, buyers: { indptr } }: TrainingFacts,
): Pairs {
  const count = (item: number) => indptr[item + 1]! - indptr[item]!;
  const start = new Uint32Array(items + 1);
  const forEach = (see: (more: number, fewer: number, row: number, places: number) => void) => {
    for (let r = from; r < to; r++) {
      const length = Math.min(most, lists.lengths[r]!);
      for (let b = 1; b < length; b++) {
        const second = lists.items[r * lists.k + b]!;
        for (let a = 0; a < b; a++) {
          const first = lists.items[r * lists.k + a]!;
          const swap = (count(first) - count(second) || second - first) < 0;
          see(swap ? second : first, swap ? first : second, r, b + 1);
        }
      }
    }
  };
  forEach((more) => start[more + 1]!++);
  for (let item = 0; item < items; item++) start[item + 1]! += start[item]!;
  const total = start[items]!;
  const pairs: Pairs = {
    more: new Uint32Array(total),
    fewer: new Uint32Array(total),
    row: new Uint32Array(total),
    places: new Uint32Array(total),
  };
  forEach((more, fewer, row, places) => {
    const at = start[more]!++;
    pairs.more[at] = more;
    pairs.fewer[at] = fewer;
    pairs.row[at] = row;
    pairs.places[at] = places;
  });
  return pairs;
}

/** Adds each pair's cosine to its list's sums: `sums[n][row]` of those within `ks[n]` places. */
function addSimilarities(
  { more, fewer, row, places }: Pairs,
  ks: readonly number[],
  sums: readonly Float64Array[],
  { items, buyers }: TrainingFacts,
): void {
  const marked = new Uint8Array(buyers.cols);
  const known = new Float64Array(items);
  /** items: for which of the other it is known, plus 1. */
  const knownFor = new Uint32Array(items);
  for (let from = 0, to = 0; from < more.length; from = to) {
    const item = more[from]!;
    const theirs = rowIndices(buyers, item);
    for (const user of theirs) marked[user] = 1;
    for (; to < more.length && more[to] === item; to++) {
      const other = fewer[to]!;
      if (knownFor[other] !== item + 1) {
        knownFor[other] = item + 1;
        known[other] = cosine(theirs.length, rowIndices(buyers, other), marked);
      }
      const similarity = known[other]!;
      for (let n = ks.length - 1; n >= 0 && ks[n]! >= places[to]!; n--) {
        sums[n]![row[to]!]! += similarity;
      }
    }
    for (const user of theirs) marked[user] = 0;
  }
}

function cosine(size: number, others: Uint32Array, marked: Uint8Array): number {
  if (others.length === 0) return 0;
  let common = 0;
  for (let at = 0; at < others.length; at++) common += marked[others[at]!]!;
  return common / Math.sqrt(size * others.length);
}
