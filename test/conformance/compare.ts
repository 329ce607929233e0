/** Holds a library's values beside this project's. */
import { type RankingMetricName, rankingMetricNames } from "../../pipeline/metrics/ranking.ts";
import type { Values } from "./cases.ts";
import { type Column, columns, type Library } from "./libraries.ts";

/** Further apart than this is a difference. */
export const TOLERANCE = 1e-9;

/** One metric beside one oracle. */
export interface Conformity {
  readonly oracle: string;
  readonly metric: RankingMetricName;
  /** What the oracle calls it, where that is something else. */
  readonly column: Column;
  readonly cases: number;
  /** The largest difference; null where the oracle left a list out. */
  readonly largest: number | null;
  /** Differences above the tolerance. */
  readonly above: number;
}

type Given = Readonly<Record<string, readonly (number | null)[]>>;

/** Every metric that the library is an oracle of. Throws `RangeError` where it has not said one. */
export function conformity(
  { name, oracleOf }: Library,
  given: Given,
  own: readonly Values[],
): Conformity[] {
  return rankingMetricNames.flatMap((metric) => {
    const column = oracleOf[metric];
    if (column === undefined) return [];
    const theirs = given[column];
    if (!theirs) throw new RangeError(`${name} says nothing of ${column}`);
    const differences = own.map((values, at) => apart(values[metric], theirs[at] ?? null));
    const left = differences.some((difference) => difference === Infinity);
    return [{
      ...{ oracle: name, metric, column, cases: own.length },
      largest: left ? null : Math.max(0, ...differences),
      above: differences.filter((difference) => difference > TOLERANCE).length,
    }];
  });
}

/** What a library reports by itself in one column. */
export interface Reported {
  readonly column: Column;
  /** Of each worked example; null where it leaves the user out. */
  readonly worked: readonly (number | null)[];
  /** Mean over the cases that it does not leave out; null where there is none. */
  readonly mean: number | null;
  /** Cases for which it reports something else than this project, or nothing. */
  readonly others: number;
  /** Why; null where they are the same. */
  readonly why: string | null;
}

/** The columns that a library has; `worked` and `given` are what it says of lists as they are. */
export function reported(
  { differs }: Pick<Library, "differs">,
  worked: Given,
  given: Given,
  own: readonly Values[],
): Reported[] {
  return columns.filter((column) => column in given).map((column) => {
    const theirs = given[column] ?? [];
    const counted = theirs.filter((value) => value !== null);
    const others = own.filter((values, at) =>
      apart(values[column], theirs[at] ?? null) > TOLERANCE
    ).length;
    return {
      column,
      worked: worked[column] ?? [],
      mean: counted.length === 0
        ? null
        : counted.reduce((sum, value) => sum + value, 0) / counted.length,
      others,
      why: others === 0 ? null : differs[column] ?? "not known",
    };
  });
}

function apart(own: number, theirs: number | null): number {
  return theirs === null || Number.isNaN(theirs) ? Infinity : Math.abs(own - theirs);
}
