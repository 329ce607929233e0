/** Random lists with what is relevant, and the values that this project gives them. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { csrFromEntries } from "../../pipeline/data/matrix.ts";
import { perUserMetrics, type RankingMetricName } from "../../pipeline/metrics/ranking.ts";

/** One user. */
export interface Case {
  readonly k: number;
  /** Ascending, at least one; some are of no catalogue. */
  readonly relevant: readonly number[];
  /** Best first; may be longer than k, shorter, or empty. */
  readonly list: readonly number[];
}

/** The values of one list, by metric. */
export type Values = Readonly<Record<RankingMetricName, number>>;

/** Worked by hand in the report: more relevant than k, and fewer, both with a list that is short. */
export const workedExamples: readonly (Case & { readonly what: string })[] = [
  {
    what: "k = 5, a list of 4 with hits at ranks 1 and 3, 7 relevant items",
    k: 5,
    list: [4, 9, 2, 8],
    relevant: [2, 4, 11, 12, 13, 14, 15],
  },
  {
    what: "k = 5, a list of 4 with a hit at rank 2, 2 relevant items",
    k: 5,
    list: [4, 9, 2, 8],
    relevant: [9, 11],
  },
];

/** Items with scores that are partly equal; this project ranks them 5, 1, 2, 3, 0, 4. */
export const tiedScores: readonly (readonly [item: number, score: number])[] = [
  [0, 1],
  [1, 2],
  [2, 2],
  [3, 2],
  [4, 1],
  [5, 3],
];

const CUTOFFS = [1, 2, 3, 5, 10, 20];
/** Different scores that items can have, at most: few of them tie often. */
const LEVELS = [1, 2, 5, 1000];

/**
 * Seeded cases: catalogues of 1 to 40 items, scores with ties, items seen before removed (now and then
 * all of them), lists up to twice as long as k, up to three times k relevant items, some unknown.
 */
export function randomCases(count: number, seed: number): Case[] {
  const random = xoroshiro128plus(seed);
  const draw = (from: number, to: number) => uniformInt(random, from, to);
  const oneOf = (values: readonly number[]) => values[draw(0, values.length - 1)]!;
  const some = (of: readonly number[], most: number): number[] => {
    const left = [...of];
    const size = draw(0, Math.min(most, left.length));
    return Array.from({ length: size }, () => left.splice(draw(0, left.length - 1), 1)[0]!);
  };
  return Array.from({ length: count }, () => {
    const k = oneOf(CUTOFFS);
    const items = Array.from({ length: draw(1, 40) }, (_, item) => item);
    const seen = new Set(draw(0, 15) === 0 ? items : some(items, items.length >> 1));
    const levels = oneOf(LEVELS);
    const scored = items.filter((item) => !seen.has(item))
      .map((item): [item: number, score: number] => [item, draw(1, levels)]);
    const list = ranked(scored).slice(0, draw(0, 7) === 0 ? draw(0, k) : draw(k, 2 * k));
    const unknown = Array.from({ length: 5 }, (_, n) => items.length + n);
    const relevant = [
      ...some(items.filter((item) => !seen.has(item)), 3 * k),
      ...some(unknown, draw(0, 2) === 0 ? 5 : 0),
    ];
    if (relevant.length === 0) relevant.push(draw(0, items.length - 1));
    return { k, relevant: relevant.sort((a, b) => a - b), list };
  });
}

/** Items in this project's order: score descending, then item index ascending. */
export function ranked(scored: readonly (readonly [item: number, score: number])[]): number[] {
  return scored.toSorted(([a, x], [b, y]) => y - x || a - b).map(([item]) => item);
}

/** What this project computes, on the way that evaluations take. */
export function ownValues({ k, relevant, list }: Case): Values {
  const width = Math.max(k, list.length);
  const items = new Uint32Array(width);
  items.set(list);
  const lists = { k: width, lengths: Uint32Array.of(list.length), items };
  const cols = Math.max(...relevant, ...list) + 1;
  const row = csrFromEntries(1, cols, relevant.map(() => 0), relevant);
  const values = perUserMetrics(lists, row, [k]);
  const value = (name: RankingMetricName) => values[`${name}@${k}`]![0]!;
  const [map, ndcg, recall] = [value("map"), value("ndcg"), value("recall")];
  const [truncatedRecall, precision] = [value("truncatedRecall"), value("precision")];
  return {
    ...{ map, ndcg, recall, truncatedRecall, precision },
    ...{ hitRate: value("hitRate"), mrr: value("mrr") },
  };
}
