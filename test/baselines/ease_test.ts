import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { cholesky, choleskySolve } from "../../pipeline/als/cholesky.ts";
import {
  type EaseParams,
  easeRuntime,
  fitEase,
  itemWeights,
  mostBought,
} from "../../pipeline/baselines/ease.ts";
import { pairs } from "../../pipeline/data/interactions.ts";
import { type Csr, csrFromEntries } from "../../pipeline/data/matrix.ts";
import { listAt } from "../../pipeline/topk/lists.ts";
import { TopKPool } from "../../pipeline/topk/pool.ts";
import { ITEMS, largeShop, purchases, type Row, rows, untimed, USERS } from "./purchases.ts";

const params: EaseParams = {
  lambda: 2,
  maxItems: 100,
  weight: "binary",
  cap: 10,
  halfLife: null,
  popularityExponent: 0,
  trend: null,
};

/** B by the formula of the paper, plain loops in float64. */
function reference(x: Csr, lambda: number): Float64Array {
  const n = x.cols;
  const g = new Float64Array(n * n);
  for (let u = 0; u < x.rows; u++) {
    for (let p = x.indptr[u]!; p < x.indptr[u + 1]!; p++) {
      for (let q = x.indptr[u]!; q < x.indptr[u + 1]!; q++) {
        g[x.indices[p]! * n + x.indices[q]!]! += x.values[p]! * x.values[q]!;
      }
    }
  }
  for (let i = 0; i < n; i++) g[i * n + i]! += lambda;
  assert.ok(cholesky(g, n));
  const b = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const column = new Float64Array(n);
    column[i] = 1;
    choleskySolve(g, n, column);
    for (let j = 0; j < n; j++) b[j * n + i] = j === i ? 0 : -column[j]! / column[i]!;
  }
  return b;
}

Deno.test("EASE: the weights of a float64 reference, rounded to float32; zero on the diagonal", async () => {
  const cases = fc.asyncProperty(rows, fc.constantFrom(0.01, 1, 500), async (all, lambda) => {
    const x = pairs(purchases(USERS, ITEMS, all));
    const { data } = await itemWeights(x, lambda);
    const expected = reference(x, lambda);
    data.forEach((value, at) => {
      if (at % (ITEMS + 1) === 0) assert.equal(value, 0);
      const error = Math.abs(value - expected[at]!);
      assert.ok(
        error <= 1e-7 * Math.max(Math.abs(expected[at]!), 1e-3),
        `${value} ${expected[at]}`,
      );
    });
  });
  await fc.assert(cases, { seed: 1, numRuns: 100 });
});

Deno.test("EASE: over several blocks; the same bytes at any number of threads", async () => {
  const x = pairs(largeShop(1500, 500, 5));
  const one = await itemWeights(x, 20);
  const expected = reference(x, 20);
  const error = one.data.reduce((most, v, at) => Math.max(most, Math.abs(v - expected[at]!)), 0);
  assert.ok(error < 1e-7, `off by ${error}`);
  for (const threads of [2, 8]) assert.deepEqual(await itemWeights(x, 20, { threads }), one);
});

Deno.test("EASE: scores are X B by the reference, trend and cap included", async () => {
  using pool = new TopKPool(1);
  const cases = fc.asyncProperty(
    rows,
    fc.integer({ min: 1, max: ITEMS }),
    fc.boolean(),
    async (all, maxItems, trended) => {
      const shop = purchases(USERS, ITEMS, all);
      const trend = trended ? { halfLife: 14, weight: 0.5 } : null;
      const ranker = await fitEase(shop, { ...params, maxItems, trend });
      const { model, own, base, covered, bought } = ranker;
      assert.ok(model.kind === "dense");
      assert.equal(model.covered.length, covered);
      assert.equal(covered, Math.min(maxItems, bought));
      const everyone = Uint32Array.from({ length: USERS }, (_, u) => u);
      const lists = await ranker.rank({ rows: everyone, k: ITEMS }, pool);
      for (const u of everyone) {
        const { items, scores } = listAt(lists, u);
        assert.equal(items.length, ITEMS);
        items.forEach((item, n) => {
          const i = model.covered.indexOf(item);
          let score = base[item]!;
          for (let p = own.indptr[u]!; p < own.indptr[u + 1]!; p++) {
            const j = model.covered.indexOf(own.indices[p]!);
            if (i >= 0 && j >= 0) score += own.values[p]! * model.weights.data[j * covered + i]!;
          }
          // Beyond the cap a score is its base, whatever the user has.
          assert.ok(Math.abs(scores[n]! - score) < 1e-12, `${scores[n]} is not ${score}`);
        });
      }
    },
  );
  await fc.assert(cases, { seed: 1, numRuns: 60 });
});

Deno.test("EASE: whoever comes first, the weights are the same", async () => {
  const cases = fc.asyncProperty(rows, fc.nat(USERS - 1), async (all, shift) => {
    const moved = all.map(([u, ...more]): Row => [(u + shift) % USERS, ...more]);
    const [a, b] = await Promise.all(
      [all, moved].map((of) => fitEase(purchases(USERS, ITEMS, of), params)),
    );
    assert.deepEqual(a?.model, b?.model);
  });
  await fc.assert(cases, { seed: 1, numRuns: 50 });
});

Deno.test("EASE: the most bought items, equal ones by index", () => {
  assert.deepEqual([...mostBought(Uint32Array.of(1, 0, 3, 1, 3, 1), 4)], [0, 2, 3, 4]);
  assert.deepEqual([...mostBought(Uint32Array.of(1, 0, 3), 9)], [0, 2]);
});

Deno.test("EASE: decay weighs old purchases less", async () => {
  // Item 1 goes with 0 in an old purchase, item 2 in a new one.
  const shop = purchases(3, 3, [
    ...[[0, 0, 1, 100], [1, 0, 1, 0], [1, 1, 1, 0]] as const,
    ...[[2, 0, 1, 100], [2, 2, 1, 100]] as const,
  ]);
  using pool = new TopKPool(1);
  const first = async (halfLife: number | null) => {
    const ranker = await fitEase(shop, { ...params, halfLife });
    const candidates = { pairs: csrFromEntries(3, 3, [0], [0]), mode: "without" } as const;
    return listAt(await ranker.rank({ rows: Uint32Array.of(0), k: 1, candidates }, pool), 0)
      .items[0];
  };
  assert.deepEqual([await first(null), await first(10)], [1, 2]);
});

Deno.test("EASE: what cannot be fitted ends with the remedy", async () => {
  const shop = untimed(2, 2, [[0, 0, 1e9, 0], [0, 1, 1e9, 0], [1, 1, 1, 0]]);
  await assert.rejects(fitEase(shop, { ...params, weight: "linear", lambda: 1e-9 }), {
    name: "RangeError",
    message: /not positive definite.*raise evaluate\.baselines\.ease\.lambda/,
  });
  await assert.rejects(fitEase(shop, { ...params, halfLife: 7 }), {
    message: /evaluate\.baselines\.ease\.halfLife asks/,
  });
  const many = csrFromEntries(1, 40_000, [0], [0]);
  await assert.rejects(itemWeights(many, 1), {
    name: "RangeError",
    message: /EASE of 40000 items needs .* MiB.*lower evaluate\.baselines\.ease\.maxItems/,
  });
  const signal = AbortSignal.abort(new Error("stop"));
  await assert.rejects(fitEase(shop, params, { signal }), /stop/);
});

Deno.test("EASE: what decides its last bits is the same every time", async () => {
  assert.deepEqual(await easeRuntime(), await easeRuntime());
  assert.match((await easeRuntime()).multiplyAdd ?? "", /^(not )?fused$/);
});
