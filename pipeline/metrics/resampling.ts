/**
 * Users drawn again, and signs flipped, many times over: the loops under `significance.ts`.
 *
 * All figures of one call share one draw: what differs between two models is then the models, and
 * the draws are paid for once. Where there are more than `MOST_UNITS` users, they are dealt at random
 * into `GROUPS` groups of equal size (give or take one), and whole groups are drawn, or flipped. A group
 * is a random part of the users, so the spread of its means says the same of the spread over users
 * (Wolter 2007, Introduction to Variance Estimation, chapter 2: the random group method). The standard
 * error that it gives is itself off by about 1 / sqrt(2 * 2048) = 1.6 %, less than what a bound from
 * 2,000 draws is off by (3 %). A randomisation test stays exact: flips of groups are among the flips of
 * users.
 */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** The most things that are drawn apart. */
export const MOST_UNITS = 4096;
/** Where there are more, so many groups of them. */
export const GROUPS = 2048;

/** Draws made at once: as many sums as a loop keeps in registers. */
const AT_ONCE = 4;

/** What is drawn, or flipped, as a whole: a user, a cluster, or a group of these. */
export interface Units {
  readonly count: number;
  /** By value: the unit that it belongs to. */
  readonly of: Uint32Array;
  /** By unit: how many values it holds. */
  readonly sizes: Float64Array;
}

/**
 * The units of `values` values: each its own, or, by `clusters`, those with the same number together.
 * Throws `RangeError` where there are no values, or `clusters` has another length.
 */
export function unitsOf(values: number, seed: number, clusters?: Uint32Array): Units {
  if (values === 0) throw new RangeError("There is nothing to resample: no users");
  if (clusters !== undefined && clusters.length !== values) {
    throw new RangeError(
      `${clusters.length} clusters for ${values} values: give one for each value`,
    );
  }
  const of = clusters === undefined
    ? Uint32Array.from({ length: values }, (_, v) => v)
    : dense(clusters);
  let count = of.reduce((most, unit) => Math.max(most, unit), 0) + 1;
  if (count > MOST_UNITS) {
    const place = shuffled(count, seed);
    for (let v = 0; v < values; v++) of[v] = place[of[v]!]! % GROUPS;
    count = GROUPS;
  }
  return { count, of, sizes: sumByUnit(new Float64Array(values).fill(1), { count, of }) };
}

/** The sum of each unit's values. */
export function sumByUnit(
  values: Float64Array,
  { count, of }: Pick<Units, "count" | "of">,
): Float64Array {
  const sums = new Float64Array(count);
  for (let v = 0; v < values.length; v++) sums[of[v]!]! += values[v]!;
  return sums;
}

/**
 * Bootstrap (Efron 1979): for each column (one number a unit) its sum over `resamples` draws of as many
 * units as there are, with replacement. The same units are drawn for every column.
 */
export function drawnSums(
  columns: readonly Float64Array[],
  units: number,
  resamples: number,
  seed: number,
): Float64Array[] {
  const generator = xoroshiro128plus(seed);
  generator.jump();
  // A 32-bit number times this is a unit: some are likelier than others by less than one in a million.
  const scale = units / 2 ** 32;
  return weightedSums(columns, units, resamples, (weights) => {
    weights.fill(0);
    for (let draw = 0; draw < AT_ONCE; draw++) {
      for (let n = 0; n < units; n++) {
        weights[((generator.next() >>> 0) * scale | 0) * AT_ONCE + draw]!++;
      }
    }
  });
}

/**
 * Randomisation: for each column its sum over the units, each with a sign of its own drawn anew, for
 * `flips` draws. The same signs for every column.
 */
export function flippedSums(
  columns: readonly Float64Array[],
  units: number,
  flips: number,
  seed: number,
): Float64Array[] {
  const generator = xoroshiro128plus(seed);
  generator.jump();
  generator.jump();
  return weightedSums(columns, units, flips, (weights) => {
    for (let n = 0; n < units; n++) {
      // The upper bits are the better ones.
      const bits = generator.next() >>> 28;
      for (let draw = 0; draw < AT_ONCE; draw++) {
        weights[n * AT_ONCE + draw] = (bits >>> draw & 1) * 2 - 1;
      }
    }
  });
}

/** Sums of columns under `draws` sets of weights; `fill` sets the weights of four draws: units x 4. */
function weightedSums(
  columns: readonly Float64Array[],
  units: number,
  draws: number,
  fill: (weights: Float64Array) => void,
): Float64Array[] {
  const sums = columns.map(() => new Float64Array(draws));
  const weights = new Float64Array(units * AT_ONCE);
  const found = new Float64Array(2 * AT_ONCE);
  for (let from = 0; from < draws; from += AT_ONCE) {
    fill(weights);
    const kept = Math.min(AT_ONCE, draws - from);
    for (let c = 0; c < columns.length; c += 2) {
      // Two columns share what is read of the weights; an odd last one is its own partner.
      const second = Math.min(c + 1, columns.length - 1);
      products(columns[c]!, columns[second]!, weights, found);
      sums[c]!.set(found.subarray(0, kept), from);
      sums[second]!.set(found.subarray(AT_ONCE, AT_ONCE + kept), from);
    }
  }
  return sums;
}

/** Products of two columns with four sets of weights, each added up in order: eight sums. */
function products(
  x: Float64Array,
  y: Float64Array,
  weights: Float64Array,
  into: Float64Array,
): void {
  let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let n = 0, w = 0; n < x.length; n++, w += AT_ONCE) {
    const [first, second] = [x[n]!, y[n]!];
    const [w0, w1, w2, w3] = [weights[w]!, weights[w + 1]!, weights[w + 2]!, weights[w + 3]!];
    a += first * w0;
    b += first * w1;
    c += first * w2;
    d += first * w3;
    e += second * w0;
    f += second * w1;
    g += second * w2;
    h += second * w3;
  }
  into.set([a, b, c, d, e, f, g, h]);
}

/** Numbers from 0 in order of first appearance. */
function dense(clusters: Uint32Array): Uint32Array {
  const known = new Map<number, number>();
  return clusters.map((cluster) => {
    const unit = known.get(cluster) ?? known.size;
    known.set(cluster, unit);
    return unit;
  });
}

/** The numbers below `count` in random order (Fisher and Yates). */
function shuffled(count: number, seed: number): Uint32Array {
  const generator = xoroshiro128plus(seed);
  const order = Uint32Array.from({ length: count }, (_, n) => n);
  for (let at = count - 1; at > 0; at--) {
    const other = uniformInt(generator, 0, at);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
