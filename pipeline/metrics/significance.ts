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
  return intervals([values], options)[0]!;
}

/** `interval` of each column; all columns are of the same users, and share one draw. */
export function intervals(
  columns: readonly Float64Array[],
  options: ResamplingOptions,
): Interval[] {
  if (columns.length === 0) return [];
  const units = prepare(columns, options);
  const [drawn, ...sums] = drawnSums(
    [units.sizes, ...columns.map((values) => sumByUnit(values, units))],
    units.count,
    options.resamples,
    options.seed,
  );
  return sums.map((each) => percentiles(each.map((sum, n) => sum / drawn![n]!), options.level));
}

/** Compares two models by their values for the same users; throws as `interval`. */
export function compare(a: Float64Array, b: Float64Array, options: ResamplingOptions): Comparison {
  return compareAll([{ a, b }], options)[0]!;
}

/** `compare` of each pair; all are of the same users, and share one draw. */
export function compareAll(pairs: readonly Pair[], options: ResamplingOptions): Comparison[] {
  if (pairs.length === 0) return [];
  const { resamples, seed, level, flips = resamples } = options;
  const units = prepare(pairs.flatMap(({ a, b }) => [a, b]), options);
  const differences = pairs.map(({ a, b }) => sumByUnit(a.map((value, n) => value - b[n]!), units));
  const bases = pairs.map(({ b }) => sumByUnit(b, units));
  const [drawn, ...sums] = drawnSums(
    [units.sizes, ...differences, ...bases],
    units.count,
    resamples,
    seed,
  );
  const flipped = flippedSums(differences, units.count, flips, seed);
  const values = units.of.length;
  return pairs.map((_, n) => {
    const [sum, base] = [total(differences[n]!), total(bases[n]!)];
    const [sumsDrawn, basesDrawn] = [sums[n]!, sums[pairs.length + n]!];
    return {
      difference: sum / values,
      relative: sum / Math.abs(base),
      interval: percentiles(sumsDrawn.map((each, draw) => each / drawn![draw]!), level),
      relativeInterval: percentiles(
        sumsDrawn.map((each, draw) => each === 0 ? 0 : each / Math.abs(basesDrawn[draw]!)),
        level,
      ),
      p: pValue(differences[n]!, flipped[n]!),
    };
  });
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
