import assert from "node:assert/strict";
import { buildProblem, confidenceOf, type WeightParams } from "../../pipeline/als/weights.ts";
import type { Interactions } from "../../pipeline/data/interactions.ts";

const DAY = 86_400;
const plain: WeightParams = {
  alpha: 1,
  weight: "linear",
  cap: 3,
  halfLife: null,
  popularityExponent: 0,
};
const constant = { regularization: "constant", lambda: 2, nu: 1, alpha0: 0.1 } as const;

/** Interactions from rows `[user, item, quantity, day]`; without days there is no time. */
function purchases(users: number, items: number, rows: number[][]): Interactions {
  const column = (c: number) => rows.map((row) => row[c] ?? 0);
  return {
    users,
    items,
    user: Uint32Array.from(column(0)),
    item: Uint32Array.from(column(1)),
    quantity: Float64Array.from(column(2)),
    time: rows.some((row) => row.length > 3)
      ? Float64Array.from(column(3), (day) => day * DAY)
      : undefined,
  };
}

const shop = purchases(3, 3, [[0, 0, 2, 0], [0, 0, 4, 10], [0, 2, 1, 20], [2, 1, 7, 20]]);

function values(interactions: Interactions, change: Partial<WeightParams>): number[] {
  return [...confidenceOf(interactions, { ...plain, ...change }).values];
}

Deno.test("confidence: each weight of a pair's quantity, times alpha", () => {
  assert.deepEqual(values(shop, {}), [6, 1, 7]);
  assert.deepEqual(values(shop, { alpha: 10 }), [60, 10, 70]);
  assert.deepEqual(values(shop, { weight: "binary" }), [1, 1, 1]);
  assert.deepEqual(values(shop, { weight: "capped" }), [3, 1, 3]);
  assert.deepEqual(
    values(shop, { weight: "log1p" }),
    [7, 2, 8].map((r) => Math.fround(Math.log(r))),
  );
});

Deno.test("confidence: a half-life counts from the latest purchase of the part", () => {
  // Day 0 is two half-lives old, day 10 one: 2 / 4 + 4 / 2 = 2.5.
  assert.deepEqual(values(shop, { halfLife: 10 }), [2.5, 1, 7]);
  assert.deepEqual(values(shop, { halfLife: 10, weight: "capped", cap: 2 }), [2, 1, 2]);
  assert.deepEqual(values(shop, { halfLife: 10, weight: "binary" }), [0.5, 1, 1]);
});

Deno.test("confidence: returns take back their share, and a returned pair is left out", () => {
  const returned = purchases(1, 3, [[0, 0, 4, 0], [0, 0, -3, 10], [0, 1, 1, 5], [0, 1, -1, 10]]);
  const { indices } = confidenceOf(returned, plain);
  assert.deepEqual([...indices], [0]);
  assert.deepEqual(values(returned, {}), [1]);
  // A quarter of four purchases at half weight, where -3 undecayed would leave less than nothing.
  assert.deepEqual(values(returned, { halfLife: 10 }), [0.5]);
});

Deno.test("confidence: popularity takes from the weight of what many buy", () => {
  // Buyers 2, 1, 0 of two bought items: the mean is 1.5.
  const sales = purchases(2, 3, [[0, 0, 2], [0, 1, 3], [1, 0, 5]]);
  const scaled = (r: number, n: number, beta: number) => Math.fround(r * (n / 1.5) ** -beta);
  assert.deepEqual(values(sales, { popularityExponent: 0 }), [2, 3, 5]);
  for (const beta of [0.25, 1]) {
    assert.deepEqual(
      values(sales, { popularityExponent: beta }),
      [scaled(2, 2, beta), scaled(3, 1, beta), scaled(5, 2, beta)],
    );
  }
  // A buyer who returned it is none, and leaves the mean of the others at 1.
  const returned = purchases(3, 2, [[0, 0, 2], [1, 0, 1], [1, 0, -1], [2, 1, 3]]);
  assert.deepEqual(values(returned, { popularityExponent: 1 }), [2, 3]);
});

Deno.test("confidence: without times a half-life is refused, with the remedy", () => {
  const untimed = purchases(1, 1, [[0, 0, 1]]);
  assert.deepEqual(values(untimed, {}), [1]);
  assert.throws(() => values(untimed, { halfLife: 7 }), {
    name: "RangeError",
    message: /train\.halfLife.* 7 days.*columns\.time.*train\.halfLife to null/,
  });
});

Deno.test("confidence: nothing to fit, and too much confidence, are refused by name", () => {
  const nothing = purchases(1, 2, [[0, 0, -1], [0, 1, -2]]);
  assert.throws(() => values(nothing, {}), { name: "RangeError", message: /None of 2 purchases/ });
  assert.throws(() => values(shop, { alpha: 5.5e37 }), {
    name: "RangeError",
    message: /user row 2 in item row 1.*quantity 7; lower train\.alpha/,
  });
});

Deno.test("regularization: constant, weighted by entries, or by frequency", () => {
  const lambdas = (change: object) => {
    const { userLambda, itemLambda } = buildProblem(shop, { ...plain, ...constant, ...change });
    return [[...userLambda], [...itemLambda]];
  };
  assert.deepEqual(lambdas({}), [[2, 2, 2], [2, 2, 2]]);
  // Entries: users 2, 0, 1; items 1, 1, 1. A row without entries counts as one with one.
  assert.deepEqual(lambdas({ regularization: "weighted" }), [[4, 2, 2], [2, 2, 2]]);
  const frequency = { regularization: "frequency", alpha0: 2, nu: 0.5 };
  const r = (n: number) => 2 * (n + 2 * 3) ** 0.5;
  assert.deepEqual(lambdas(frequency), [[r(2), r(1), r(1)], [r(1), r(1), r(1)]]);
});
