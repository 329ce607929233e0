import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { baseScores, type ItemItem } from "../../pipeline/baselines/item_item.ts";
import { itemItemRanker } from "../../pipeline/baselines/rank_items.ts";
import { type Csr, csrFromEntries, rowIndices } from "../../pipeline/data/matrix.ts";
import { type Candidates, listAt } from "../../pipeline/topk/lists.ts";
import { TopKPool } from "../../pipeline/topk/pool.ts";

const value = fc.oneof(
  fc.constantFrom(0, 1, -1, 0.5),
  fc.float({ noNaN: true, min: -10, max: 10 }),
);

/** A matrix of rows x cols with some entries. */
function sparse(rows: number, cols: number): fc.Arbitrary<Csr> {
  const entry = fc.tuple(fc.nat(rows - 1), fc.nat(cols - 1), value);
  return fc.uniqueArray(entry, { maxLength: 120, selector: ([r, c]) => `${r} ${c}` })
    .map((all) =>
      csrFromEntries(
        rows,
        cols,
        all.map(([r]) => r),
        all.map(([, c]) => c),
        all.map(([, , v]) => v),
      )
    );
}

function dense(items: number): fc.Arbitrary<ItemItem> {
  return fc.subarray(Array.from({ length: items }, (_, i) => i)).chain((covered) =>
    fc.array(value, { minLength: covered.length ** 2, maxLength: covered.length ** 2 })
      .map((values): ItemItem => ({
        kind: "dense",
        items,
        covered: Uint32Array.from(covered),
        weights: { rows: covered.length, cols: covered.length, data: Float32Array.from(values) },
      }))
  );
}

const shop = fc.record({
  users: fc.integer({ min: 1, max: 70 }),
  items: fc.integer({ min: 1, max: 40 }),
})
  .chain(({ users, items }) =>
    fc.record({
      own: sparse(users, items),
      base: fc.array(fc.constantFrom(0, 0, 1e-9, 0.25, 3), { minLength: items, maxLength: items })
        .map((values) => Float64Array.from(values)),
      model: fc.oneof(
        dense(items),
        sparse(items, items).map((weights): ItemItem => ({ kind: "sparse", items, weights })),
      ),
      k: fc.integer({ min: 1, max: 45 }),
      candidates: fc.option(
        fc.record({ pairs: sparse(users, items), mode: fc.constantFrom("without", "only") }),
        { nil: undefined },
      ),
    })
  );

/** B_ji. */
function weightOf(model: ItemItem, j: number, i: number): number {
  if (model.kind === "sparse") {
    const at = [...rowIndices(model.weights, j)].indexOf(i);
    return at < 0 ? 0 : model.weights.values[model.weights.indptr[j]! + at]!;
  }
  const [r, c] = [model.covered.indexOf(j), model.covered.indexOf(i)];
  return r < 0 || c < 0 ? 0 : model.weights.data[r * model.weights.cols + c]!;
}

/** Every candidate scored by the definition, sorted, cut. */
function bruteForce(
  model: ItemItem,
  own: Csr,
  base: Float64Array,
  u: number,
  k: number,
  candidates: Candidates | undefined,
) {
  const listed = new Set(candidates ? rowIndices(candidates.pairs, u) : []);
  const all: { i: number; s: number }[] = [];
  for (let i = 0; i < model.items; i++) {
    if (candidates && listed.has(i) === (candidates.mode === "without")) continue;
    let s = base[i]!;
    for (let p = own.indptr[u]!; p < own.indptr[u + 1]!; p++) {
      s += own.values[p]! * weightOf(model, own.indices[p]!, i);
    }
    all.push({ i, s });
  }
  const best = all.sort((a, b) => b.s - a.s || a.i - b.i).slice(0, k);
  return { items: best.map(({ i }) => i), scores: best.map(({ s }) => s) };
}

Deno.test("item-item lists are those of brute force to the last bit", async () => {
  using pool = new TopKPool(1);
  await fc.assert(
    fc.asyncProperty(shop, async ({ own, base, model, k, candidates }) => {
      const rows = Uint32Array.from({ length: own.rows }, (_, r) => r).reverse();
      const lists = await itemItemRanker("x", model, own, base)
        .rank({ rows, k, candidates }, pool);
      rows.forEach((u, r) => {
        const { items, scores } = listAt(lists, r);
        const expected = bruteForce(model, own, base, u, k, candidates);
        assert.deepEqual([...items], expected.items);
        // Sums that start from a zero of either sign: -0 is 0.
        assert.deepEqual([...scores].map((s) => s + 0), expected.scores.map((s) => s + 0));
      });
    }),
    { seed: 1, numRuns: 200 },
  );
});

/** Many users of many items, so that threads and turns have something to do. */
function large(kind: ItemItem["kind"]) {
  let state = 7;
  const next = () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32;
  const [users, items, covered] = [5000, 2100, 500];
  const nat = (n: number) => Math.floor(next() * n);
  const entries = (count: number, rows: number) =>
    csrFromEntries(
      rows,
      items,
      Array.from({ length: count }, () => nat(rows)),
      Array.from({ length: count }, () => nat(items)),
      Array.from({ length: count }, () => next() - 0.3),
    );
  const own = entries(40_000, users);
  const model: ItemItem = kind === "sparse" ? { kind, items, weights: entries(50_000, items) } : {
    kind,
    items,
    covered: Uint32Array.from({ length: covered }, (_, n) => 4 * n + 1),
    weights: {
      rows: covered,
      cols: covered,
      data: Float32Array.from({ length: covered ** 2 }, () => next() - 0.5),
    },
  };
  return { own, model, base: Float64Array.from({ length: items }, next), users };
}

Deno.test("item-item lists are the same at any number of threads", async () => {
  for (const kind of ["sparse", "dense"] as const) {
    const { own, model, base, users } = large(kind);
    const ranker = itemItemRanker("x", model, own, base);
    const rows = Uint32Array.from({ length: users }, (_, r) => r);
    const candidates: Candidates = { pairs: own, mode: "without" };
    const progress: number[] = [];
    const by = async (threads: number) => {
      using pool = new TopKPool(threads);
      return await ranker.rank({ rows, k: 10, candidates }, pool, {
        progress: (done, total) => progress.push(done / total),
      });
    };
    const one = await by(1);
    assert.deepEqual(await by(2), one);
    assert.deepEqual(await by(8), one);
    assert.equal(progress.at(-1), 1);
    for (const u of [0, 4095, 4096, 4999]) {
      const { items, scores } = listAt(one, u);
      const expected = bruteForce(model, own, base, u, 10, candidates);
      assert.deepEqual({ items: [...items], scores: [...scores] }, expected);
    }
  }
});

Deno.test("item-item: what is asked wrongly is refused, an aborted query ends", async () => {
  const own = csrFromEntries(2, 3, [0, 1], [0, 2]);
  const weights = csrFromEntries(3, 3, [0], [1]);
  const model: ItemItem = { kind: "sparse", items: 3, weights };
  const base = new Float64Array(3);
  const ranker = itemItemRanker("x", model, own, base);
  using pool = new TopKPool(1);
  const rows = Uint32Array.of(0);
  await assert.rejects(ranker.rank({ rows, k: 0 }, pool), /k is 0/);
  await assert.rejects(
    ranker.rank({ rows: Uint32Array.of(2), k: 1 }, pool),
    /User 2 is asked for, of 2 users/,
  );
  await assert.rejects(
    itemItemRanker("x", model, own, new Float64Array(2)).rank({ rows, k: 1 }, pool),
    /of 3 items, its base of 2/,
  );
  const signal = AbortSignal.abort(new Error("stop"));
  await assert.rejects(ranker.rank({ rows, k: 1 }, pool, { signal }), /stop/);
  assert.equal((await ranker.rank({ rows: new Uint32Array(), k: 4 }, pool)).lengths.length, 0);
});

Deno.test("base scores: the trend, and of equals the more popular", () => {
  const base = baseScores(Uint32Array.of(4, 0, 2), {
    item: Float32Array.of(0.5, 0, 0.5),
    weight: 2,
  });
  assert.deepEqual([...base], [1 + 1e-9, 0, 1 + 5e-10]);
  assert.deepEqual([...baseScores(new Uint32Array(2))], [0, 0]);
});
