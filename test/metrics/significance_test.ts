import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { mean } from "../../pipeline/metrics/ranking.ts";
import { GROUPS, MOST_UNITS, unitsOf } from "../../pipeline/metrics/resampling.ts";
import {
  compare,
  flipsFor,
  holm,
  interval,
  resample,
} from "../../pipeline/metrics/significance.ts";

const options = { resamples: 400, level: 0.95, seed: 7 };

const column = (minLength = 1, maxLength = 40) =>
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength, maxLength })
    .map((values) => Float64Array.from(values));
const pair = column().chain((a) => column(a.length, a.length).map((b) => ({ a, b })));

/** `count` uniform numbers. */
function uniform(count: number, seed: number): Float64Array {
  const generator = xoroshiro128plus(seed);
  return Float64Array.from({ length: count }, () => uniformFloat64(generator));
}

Deno.test("an interval lies within the values, and holds nothing else than the only one there is", () => {
  fc.assert(fc.property(column(), (values) => {
    const [low, high] = interval(values, options);
    assert.ok(low <= high);
    assert.ok(low >= Math.min(...values) - 1e-12 && high <= Math.max(...values) + 1e-12);
  }));
  assert.deepEqual(interval(Float64Array.of(0.25, 0.25, 0.25), options), [0.25, 0.25]);
});

Deno.test("a wider level gives a wider interval, around it", () => {
  fc.assert(fc.property(column(2), (values) => {
    const [wide, narrow] = [0.99, 0.8].map((level) => interval(values, { ...options, level }));
    assert.ok(wide![0] <= narrow![0] && narrow![1] <= wide![1]);
  }));
});

Deno.test("shifted and scaled values shift and scale their interval", () => {
  fc.assert(fc.property(column(2), (values) => {
    const [low, high] = interval(values, options);
    const [from, to] = interval(values.map((value) => 3 * value + 1), options);
    assert.ok(Math.abs(from - (3 * low + 1)) < 1e-9 && Math.abs(to - (3 * high + 1)) < 1e-9);
  }));
});

Deno.test("equal models: no difference, p 1", () => {
  fc.assert(fc.property(column(), (values) => {
    const { difference, interval, p } = compare(values, values.slice(), options);
    assert.deepEqual({ difference, interval, p }, { difference: 0, interval: [0, 0], p: 1 });
  }));
});

Deno.test("models that change places change signs, and nothing else", () => {
  fc.assert(fc.property(pair, ({ a, b }) => {
    const [there, back] = [compare(a, b, options), compare(b, a, options)];
    assert.equal(there.difference + 0, -back.difference + 0);
    assert.deepEqual(there.interval.map((x) => x + 0), [
      -back.interval[1] + 0,
      -back.interval[0] + 0,
    ]);
    assert.equal(there.p, back.p);
    assert.ok(Math.abs(there.difference - (mean(a) - mean(b))) < 1e-12);
  }));
});

Deno.test("the same bytes again, alone and beside others; another seed, other draws", () => {
  fc.assert(fc.property(pair, ({ a, b }) => {
    const alone = compare(a, b, options);
    const beside = resample([b, a], [{ a: b, b: a }, { a, b }], options);
    assert.deepEqual(beside.comparisons[1], alone);
    assert.deepEqual(beside.intervals[1], interval(a, options));
  }));
  const [a, b] = [uniform(50, 1), uniform(50, 2)];
  assert.notDeepEqual(compare(a, b, { ...options, seed: 8 }), compare(a, b, options));
});

Deno.test("p is that of all flips enumerated, for few users, ties included", () => {
  // Whole tenths: many sums are equal but for rounding.
  const few = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(few, (tenths) => {
      const flips = 4000;
      const a = Float64Array.from(tenths, (n) => 1 + n / 10);
      const b = new Float64Array(tenths.length).fill(1);
      const exact = enumerated(tenths);
      const { p } = compare(a, b, { ...options, resamples: 1, flips });
      const expected = (exact * flips + 1) / (flips + 1);
      const spread = Math.sqrt(exact * (1 - exact) / flips);
      assert.ok(Math.abs(p - expected) <= 5 * spread + 1e-9, `${p} is not ${expected}`);
    }),
    { numRuns: 60 },
  );
});

/** Share of all 2^n signs under which the sum is at least as far from 0. */
function enumerated(values: readonly number[]): number {
  const seen = Math.abs(values.reduce((sum, value) => sum + value, 0));
  let extreme = 0;
  for (let signs = 0; signs < 2 ** values.length; signs++) {
    const sum = values.reduce((sum, value, n) => sum + (signs >>> n & 1 ? value : -value), 0);
    if (Math.abs(sum) >= seen) extreme++;
  }
  return extreme / 2 ** values.length;
}

Deno.test("95 % intervals hold the true mean in about 95 % of samples", () => {
  let held = 0;
  const samples = 400;
  for (let sample = 0; sample < samples; sample++) {
    // A skewed distribution with mean 1 / 3.
    const values = uniform(200, 1000 + sample).map((u) => u * u);
    const [low, high] = interval(values, { ...options, seed: sample });
    if (low <= 1 / 3 && 1 / 3 <= high) held++;
  }
  // Three standard errors about 0.95, and the skew.
  assert.ok(held / samples > 0.91 && held / samples < 0.985, `${held} of ${samples}`);
});

Deno.test("where there is no difference, p below 0.05 comes in about 5 % of samples", () => {
  let rejected = 0;
  for (let sample = 0; sample < 400; sample++) {
    const { p } = compare(uniform(60, 2 * sample), uniform(60, 2 * sample + 1), {
      ...options,
      seed: sample,
    });
    if (p <= 0.05) rejected++;
  }
  assert.ok(rejected >= 7 && rejected <= 34, `${rejected} of 400`);
});

Deno.test("clusters are drawn whole: values that stand twice say no more than once", () => {
  const once = uniform(60, 3);
  const twice = Float64Array.of(...once, ...once);
  const clusters = Uint32Array.from(twice, (_, n) => n % once.length);
  const [low, high] = interval(once, options);
  const [from, to] = interval(twice, { ...options, clusters });
  assert.ok(Math.abs(from - low) < 1e-12 && Math.abs(to - high) < 1e-12);
  const [narrowFrom, narrowTo] = interval(twice, options);
  assert.ok(narrowTo - narrowFrom < 0.85 * (high - low), "as if each value were a user");
});

Deno.test("many users are dealt into groups of equal size, and intervals stay as wide", () => {
  const count = 4 * MOST_UNITS + 3;
  const { of, sizes, count: units } = unitsOf(count, 1);
  assert.deepEqual([of.length, units], [count, GROUPS]);
  assert.deepEqual([Math.min(...sizes), Math.max(...sizes)], [8, 9]);
  const values = uniform(count, 4).map((u) => u ** 3);
  const average = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / count;
  const [low, high] = interval(values, { ...options, resamples: 4000 });
  const expected = 2 * 1.96 * Math.sqrt(variance / count);
  assert.ok(Math.abs((high - low) / expected - 1) < 0.08, `${high - low} is not ${expected}`);
  assert.ok(low < average && average < high);
});

Deno.test("Holm: the worked example, and its laws", () => {
  // Holm's steps: 4 * 0.01, 3 * 0.013, 2 * 0.02, 1 * 0.5; none below the one before.
  assert.deepEqual(holm([0.02, 0.01, 0.5, 0.013]), [0.04, 0.04, 0.5, 0.04]);
  assert.deepEqual(holm([]), []);
  const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(ps, (ps) => {
    const adjusted = holm(ps);
    for (const [i, p] of ps.entries()) {
      assert.ok(adjusted[i]! >= p && adjusted[i]! <= Math.min(1, ps.length * p) + 1e-15);
      for (const [j, q] of ps.entries()) if (p < q) assert.ok(adjusted[i]! <= adjusted[j]!);
    }
    const raised = holm(ps.map((p, n) => n === 0 ? Math.min(1, p + 0.1) : p));
    for (const [n, value] of raised.entries()) assert.ok(value >= adjusted[n]! - 1e-15);
  }));
});

Deno.test("however many comparisons, the smallest p can pass Holm's correction", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 5000 }), (comparisons) => {
    const smallest = 1 / (flipsFor(comparisons, options) + 1);
    assert.ok(comparisons * smallest <= 0.5 * (1 - options.level) + 1e-12);
  }));
});

Deno.test("what cannot be resampled is refused, with what to do", () => {
  const values = Float64Array.of(1, 2);
  assert.throws(() => interval(new Float64Array(), options), /no users/);
  assert.throws(() => compare(values, Float64Array.of(1), options), /a pair is of the same users/);
  assert.throws(() => interval(Float64Array.of(1, NaN), options), /user 1 is NaN/);
  assert.throws(() => interval(values, { ...options, level: 95 }), /such as 0\.95/);
  assert.throws(() => interval(values, { ...options, resamples: 0 }), /such as 2000/);
  const clusters = Uint32Array.of(1);
  assert.throws(() => interval(values, { ...options, clusters }), /1 clusters for 2 values/);
});

Deno.test("33,000 users, 2,000 resamples: no time that anybody would notice", () => {
  const [a, b] = [uniform(33_000, 1), uniform(33_000, 2)];
  const started = performance.now();
  compare(a, b, { ...options, resamples: 2000 });
  const seconds = (performance.now() - started) / 1000;
  // About 0.3 s; a way that is none would take minutes.
  assert.ok(seconds < 20, `${seconds.toFixed(2)} s`);
});
