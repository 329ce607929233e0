import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { fit, type FitParams } from "../../pipeline/als/fit.ts";
import { appendTrend, trendOf } from "../../pipeline/als/trend.ts";
import { trainSchema } from "../../pipeline/config/train.ts";
import type { Factors } from "../../pipeline/data/formats.ts";
import { type Interactions, pairs } from "../../pipeline/data/interactions.ts";

const DAY = 86_400;

/** Interactions from rows `[user, item, quantity, day]`, ordered as the pipeline has them. */
function purchases(users: number, items: number, rows: number[][]): Interactions {
  const sorted = rows.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[3]! - b[3]!);
  const column = (c: number) => sorted.map((row) => row[c]!);
  return {
    users,
    items,
    user: Uint32Array.from(column(0)),
    item: Uint32Array.from(column(1)),
    quantity: Float64Array.from(column(2)),
    time: Float64Array.from(column(3), (day) => day * DAY),
  };
}

Deno.test("trend: buyers by the age of their latest purchase, the most recent item scaled to 1", () => {
  // Item 0: one buyer today, however often before, one two half-lives ago. Item 1: one a half-life ago. Item 3: a returned one.
  const shop = purchases(4, 5, [
    [0, 0, 2, 18],
    [0, 0, 9, 20],
    [0, 0, -1, 19],
    [0, 1, 1, 10],
    [1, 0, 1, 0],
    [2, 3, 2, 19],
    [2, 3, -2, 20],
  ]);
  const { user, item } = trendOf(shop, { halfLife: 10, weight: 0.5 });
  assert.deepEqual([...item], [1, 0.5 / 1.25, 0, 0, 0].map(Math.fround));
  // User 2 kept nothing, user 3 bought nothing: both get popular items, so their rows stay zero.
  assert.deepEqual([...user], [0.5, 0.5, 0, 0]);
});

Deno.test("trend: between 0 and 1, whatever the purchases; 0 for what nobody has", () => {
  const rows = fc.array(
    fc.tuple(fc.nat(5), fc.nat(6), fc.integer({ min: -2, max: 4 }), fc.nat(3000)),
    { minLength: 1, maxLength: 40 },
  );
  const cases = fc.property(rows, fc.double({ min: 1e-3, max: 1e4, noNaN: true }), (all, days) => {
    const shop = purchases(6, 7, all);
    const bought = new Set(pairs(shop).indices);
    const { item } = trendOf(shop, { halfLife: days, weight: 1 });
    item.forEach((value, i) => {
      assert.ok(value >= 0 && value <= 1, `${value}`);
      if (!bought.has(i)) assert.equal(value, 0);
    });
    const most = Math.max(...item);
    assert.ok(most === 1 || most === 0);
  });
  fc.assert(cases, { seed: 1 });
});

Deno.test("trend: without times it is refused, with the remedy", () => {
  const untimed = { ...purchases(1, 1, [[0, 0, 1, 0]]), time: undefined };
  assert.throws(() => trendOf(untimed, { halfLife: 14, weight: 1 }), {
    name: "RangeError",
    message: /train\.trend asks .* 14 days.*columns\.time, or set train\.trend to null/,
  });
});

const shop = purchases(6, 4, [
  [0, 0, 1, 1],
  [0, 1, 1, 2],
  [1, 0, 1, 3],
  [2, 2, 1, 30],
  [3, 2, 1, 31],
  [3, 3, 1, 5],
  [4, 3, 1, 6],
]);
const trend = { halfLife: 14, weight: 0.25 };
const { threads: _, ...plain } = trainSchema.parse({ factors: 3, iterations: 4, lambda: 0.5 });

Deno.test("fit: the trend is one column behind the learned ones, by every solver", async () => {
  for (const solver of ["reference", "simd", "tfjs"] as const) {
    const params: FitParams = { ...plain, solver };
    // One thread, as every test has TensorFlow: its number is the process's, and the first one's counts.
    const learned = (await fit(shop, params, { threads: 1 })).factors;
    const { factors } = await fit(shop, { ...params, trend }, { threads: 1 });
    assert.deepEqual(factors, appendTrend(learned, trendOf(shop, trend)), solver);
    const { user, item } = factors;
    assert.deepEqual([user.cols, item.cols], [4, 4]);
    const score = (f: Factors, u: number, i: number) => {
      let sum = 0;
      for (let c = 0; c < f.user.cols; c++) {
        sum += f.user.data[u * f.user.cols + c]! * f.item.data[i * f.item.cols + c]!;
      }
      return sum;
    };
    const gain = 0.25 * trendOf(shop, trend).item[0]!;
    assert.ok(Math.abs(score(factors, 0, 0) - score(learned, 0, 0) - gain) < 1e-6);
    // The last user has bought nothing.
    assert.deepEqual([...user.data.subarray(5 * 4)], [0, 0, 0, 0]);
  }
});

Deno.test("fit: what is validated is what is returned, trend and all", async () => {
  const seen: Factors[] = [];
  const validate = (factors: Factors) => {
    seen.push(factors);
    return seen.length === 2 ? 1 : 0;
  };
  const { factors, history } = await fit(shop, { ...plain, trend }, { validate });
  assert.equal(history.chosen, 2);
  assert.deepEqual(seen.map(({ item }) => item.cols), [4, 4, 4, 4]);
  const { factors: second } = await fit(shop, { ...plain, trend }, { sweeps: 2 });
  assert.deepEqual(factors, second);
});
