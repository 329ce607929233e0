/**
 * Whether a difference of means over users could be chance: paired bootstrap intervals, Fisher's
 * randomisation test, Holm's correction.
 *
 * - B. Efron and R. Tibshirani 1993, An Introduction to the Bootstrap, chapters 13 (percentile interval)
 *   and 8 (pairs stay together).
 * - M. Smucker, J. Allan and B. Carterette 2007, A Comparison of Statistical Significance Tests for
 *   Information Retrieval Evaluation: of paired tests the randomisation test assumes least.
 * - B. Phipson and G. Smyth 2010, Permutation P-values Should Never Be Zero: the + 1.
 * - S. Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure.
 *
 * Users are a sample of those to come; the models are what they are. What another seed of a training
 * would give is not in the intervals.
 */
import { drawnSums, flippedSums, sumByUnit, type Units, unitsOf } from "./resampling.ts";

export interface ResamplingOptions {
  readonly resamples: number;
  readonly seed: number;
  /** Of an interval: 0.95 leaves out a fortieth of the resamples at either end. */
  readonly level: number;
  /**
   * By value: values with the same number belong together, as those of a user who stands in several
   * cuts, and are drawn together. Left out: each value is a user's only one.
   */
  readonly clusters?: Uint32Array;
  /** Draws of the randomisation test; left out: `resamples`. */
  readonly flips?: number;
}

/** Lower and upper bound. */
export type Interval = readonly [low: number, high: number];

export interface Comparison {
  /** Mean of a minus mean of b. */
  readonly difference: number;
  /** Difference over the mean of b: -0.1 is a tenth less; NaN or infinite where that is 0. */
  readonly relative: number;
  /** Of the difference. */
  readonly interval: Interval;
  /** Of the relative difference, both means drawn anew: infinite where draws of b are all 0. */
  readonly relativeInterval: Interval;
  /** Two-sided: how often so large a difference comes out where a and b are exchanged at random. */
  readonly p: number;
}

export interface Pair {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/**
 * Percentile bootstrap interval of the mean of `values`, one a user. Throws `RangeError` for no
 * values, one that is not finite, or options out of range.
 */
export function interval(values: Float64Array, options: ResamplingOptions): Interval {
  return resample([values], [], options).intervals[0]!;
}

/** Compares two models by their values for the same users; throws as `interval`. */
export function compare(a: Float64Array, b: Float64Array, options: ResamplingOptions): Comparison {
  return resample([], [{ a, b }], options).comparisons[0]!;
}

/**
 * The interval of each column's mean, and the comparison of each pair: all are of the same users, and share
 * one draw. An array that stands in several places is drawn once. Throws as `interval`.
 */
export function resample(
  columns: readonly Float64Array[],
  pairs: readonly Pair[],
  options: ResamplingOptions,
): { intervals: Interval[]; comparisons: Comparison[] } {
  const all = [...new Set([...columns, ...pairs.flatMap(({ a, b }) => [a, b])])];
  if (all.length === 0) return { intervals: [], comparisons: [] };
  const { resamples, seed, level, flips = resamples } = options;
  const units = prepare(all, options);
  const values = units.of.length;
  const byUnit = new Map(all.map((column) => [column, sumByUnit(column, units)]));
  const [sizes, ...sums] = drawnSums(
    [units.sizes, ...byUnit.values()],
    units.count,
    resamples,
    seed,
  );
  const drawn = new Map(all.map((column, n) => [column, sums[n]!]));

  const differences = pairs.map(({ a, b }) => {
    const [ours, theirs] = [byUnit.get(a)!, byUnit.get(b)!];
    return ours.map((sum, unit) => sum - theirs[unit]!);
  });
  const flipped = flippedSums(differences, units.count, flips, seed);
  return {
    intervals: columns.map((column) =>
      percentiles(drawn.get(column)!.map((sum, n) => sum / sizes![n]!), level)
    ),
    comparisons: pairs.map(({ a, b }, n) => {
      const [ours, theirs] = [drawn.get(a)!, drawn.get(b)!];
      const gained = ours.map((sum, draw) => sum - theirs[draw]!);
      const difference = total(differences[n]!);
      return {
        difference: difference / values,
        relative: difference / Math.abs(total(byUnit.get(b)!)),
        interval: percentiles(gained.map((sum, draw) => sum / sizes![draw]!), level),
        relativeInterval: percentiles(
          gained.map((sum, draw) => sum === 0 ? 0 : sum / Math.abs(theirs[draw]!)),
          level,
        ),
        p: pValue(differences[n]!, flipped[n]!),
      };
    }),
  };
}

/**
 * Holm's adjusted p values, in the order given: one at or below 1 - level is significant though all
 * were tried. None is below its own p; the smallest is multiplied by their number.
 */
export function holm(ps: readonly number[]): number[] {
  const adjusted = new Array<number>(ps.length).fill(1);
  let least = 0;
  ps.map((p, at) => ({ p, at })).sort((x, y) => x.p - y.p || x.at - y.at)
    .forEach(({ p, at }, rank) => {
      least = Math.max(least, Math.min(1, (ps.length - rank) * p));
      adjusted[at] = least;
    });
  return adjusted;
}

/**
 * Draws of the randomisation test for `comparisons` of them: no fewer than `resamples`, and so many that
 * the smallest p that can come out is at most half of what Holm's correction asks of it.
 */
export function flipsFor(comparisons: number, { resamples, level }: ResamplingOptions): number {
  return Math.max(resamples, Math.ceil(2 * comparisons / (1 - level)));
}

/** Share of draws at least as far from 0 as the sum itself, this one counted among them. */
function pValue(differences: Float64Array, flipped: Float64Array): number {
  // Sums of the same numbers in other signs: what should be equal may differ by rounding.
  const slack = 1e-12 * differences.reduce((sum, value) => sum + Math.abs(value), 0);
  const seen = Math.abs(total(differences)) - slack;
  let extreme = 1;
  for (const sum of flipped) if (Math.abs(sum) >= seen) extreme++;
  return extreme / (flipped.length + 1);
}

/** The bounds that leave out the same number of values at either end; sorts in place. */
function percentiles(values: Float64Array, level: number): Interval {
  values.sort();
  // The r-th smallest of n is the quantile r / (n + 1).
  const rank = Math.max(1, Math.floor((1 - level) / 2 * (values.length + 1) + 1e-9));
  return [values[rank - 1]! + 0, values[values.length - rank]! + 0];
}

function prepare(columns: readonly Float64Array[], options: ResamplingOptions): Units {
  const { resamples, level, seed, clusters, flips = resamples } = options;
  for (const count of [resamples, flips]) {
    if (!(Number.isInteger(count) && count > 0)) {
      throw new RangeError(`${count} resamples: take a whole number above 0, such as 2000`);
    }
  }
  if (!(level > 0 && level < 1)) {
    throw new RangeError(`A level of ${level} is none: take one between 0 and 1, such as 0.95`);
  }
  const length = columns[0]?.length ?? 0;
  for (const values of columns) {
    if (values.length !== length) {
      throw new RangeError(`${values.length} and ${length} values: a pair is of the same users`);
    }
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new RangeError(`The value of user ${at} is ${values[at]}, not a number`);
  }
  return unitsOf(length, seed, clusters);
}

function total(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
