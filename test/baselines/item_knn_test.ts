import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import {
  type FeatureWeighting,
  weighFeatures,
} from "../../pipeline/baselines/feature_weighting.ts";
import { fitItemKnn, type ItemKnnParams, neighbours } from "../../pipeline/baselines/item_knn.ts";
import { pairs } from "../../pipeline/data/interactions.ts";
import { type Csr, csrFromEntries, rowIndices } from "../../pipeline/data/matrix.ts";
import { listAt } from "../../pipeline/topk/lists.ts";
import { TopKPool } from "../../pipeline/topk/pool.ts";
import { ITEMS, largeShop, purchases, type Row, rows, untimed, USERS } from "./purchases.ts";

const params: ItemKnnParams = {
  neighbours: 3,
  shrink: 2,
  featureWeighting: "none",
  weight: "binary",
  cap: 10,
  halfLife: null,
  popularityExponent: 0,
  trend: null,
};

function toDense(m: Csr): number[][] {
  return Array.from({ length: m.rows }, (_, r) => {
    const row = new Array<number>(m.cols).fill(0);
    rowIndices(m, r).forEach((c, n) => row[c] = m.values[m.indptr[r]! + n]!);
    return row;
  });
}

/** Cosines with shrinkage of all pairs of columns, the k largest of each row. */
function reference(x: number[][], items: number, k: number, shrink: number): number[][] {
  const dot = (i: number, j: number) => x.reduce((sum, row) => sum + row[i]! * row[j]!, 0);
  return Array.from({ length: items }, (_, i) => {
    const all = Array.from({ length: items }, (_, j) => ({
      j,
      s: dot(i, j) / (Math.sqrt(dot(i, i)) * Math.sqrt(dot(j, j)) + shrink),
    }));
    const kept = all.filter(({ j, s }) => j !== i && s > 0)
      .sort((a, b) => b.s - a.s || a.j - b.j).slice(0, k);
    const row = new Array<number>(items).fill(0);
    for (const { j, s } of kept) row[j] = s;
    return row;
  });
}

Deno.test("item-kNN: the neighbours of a dense reference in float64", async () => {
  const cases = fc.asyncProperty(
    rows,
    fc.integer({ min: 1, max: ITEMS + 2 }),
    fc.constantFrom(0, 1, 30.5),
    fc.constantFrom<FeatureWeighting>("none", "tfidf", "bm25"),
    async (all, k, shrink, weighting) => {
      const x = weighFeatures(pairs(purchases(USERS, ITEMS, all)), weighting);
      const found = toDense(await neighbours(x, { neighbours: k, shrink }));
      const expected = reference(toDense(x), ITEMS, k, shrink);
      found.forEach((row, i) => {
        assert.equal(row[i], 0, "an item is no neighbour of its own");
        row.forEach((s, j) => {
          assert.ok(Math.abs(s - expected[i]![j]!) < 1e-6, `${i} ${j}: ${s}, ${expected[i]![j]}`);
        });
      });
    },
  );
  await fc.assert(cases, { seed: 1, numRuns: 200 });
});

Deno.test("item-kNN: whoever comes first, the lists are the same", async () => {
  using pool = new TopKPool(1);
  const ranks = async (all: Parameters<typeof purchases>[2]) => {
    const ranker = await fitItemKnn(purchases(USERS, ITEMS, all), params);
    const everyone = Uint32Array.from({ length: USERS }, (_, u) => u);
    const lists = await ranker.rank({ rows: everyone, k: ITEMS }, pool);
    return Array.from(everyone, (_, r) => ({
      items: [...listAt(lists, r).items],
      scores: [...listAt(lists, r).scores],
    }));
  };
  const cases = fc.asyncProperty(rows, fc.nat(USERS - 1), async (all, shift) => {
    const before = await ranks(all);
    const moved = await ranks(all.map(([u, ...more]) => [(u + shift) % USERS, ...more]));
    before.forEach((list, u) => assert.deepEqual(moved[(u + shift) % USERS], list));
  });
  await fc.assert(cases, { seed: 1, numRuns: 50 });
});

Deno.test("item-kNN: a list by hand; what nothing is known of follows by popularity", async () => {
  // Items 0 and 1 share users 0 and 1, items 2 and 3 share user 2; 4 is alone, 5 was never bought.
  const shop = untimed(5, 6, [
    ...[[0, 0, 1, 0], [0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 1, 0]] as const,
    ...[[2, 2, 1, 0], [2, 3, 1, 0], [3, 4, 1, 0], [3, 0, 1, 0]] as const,
    ...[[4, 3, 1, 0]] as const,
  ]);
  using pool = new TopKPool(1);
  const ranker = await fitItemKnn(shop, { ...params, shrink: 0, neighbours: 10 });
  const lists = await ranker.rank({ rows: Uint32Array.of(0, 4), k: 6 }, pool);
  // |0| = sqrt 3, |1| = sqrt 2, |4| = 1: user 0 has 0 and 1.
  const near = Math.fround(2 / Math.sqrt(6));
  assert.deepEqual([...listAt(lists, 0).items], [0, 1, 4, 3, 2, 5]);
  assert.ok(Math.abs(listAt(lists, 0).scores[0]! - near) < 2e-9);
  assert.deepEqual([...listAt(lists, 1).items], [2, 0, 1, 3, 4, 5]);
});

Deno.test("item-kNN: decay and trend are those of the model", async () => {
  // Item 1 is alike to 0 by an old purchase, item 2 by a new one; item 3 is what sells of late.
  const shop = purchases(4, 4, [
    ...[[0, 0, 1, 100], [1, 0, 1, 0], [1, 1, 1, 0]] as const,
    ...[[2, 0, 1, 100], [2, 2, 1, 100], [3, 3, 1, 100]] as const,
  ]);
  using pool = new TopKPool(1);
  const first = async (more: Partial<ItemKnnParams>) => {
    const ranker = await fitItemKnn(shop, { ...params, shrink: 1, ...more });
    const candidates = { pairs: csrFromEntries(4, 4, [0], [0]), mode: "without" } as const;
    return listAt(await ranker.rank({ rows: Uint32Array.of(0), k: 1, candidates }, pool), 0)
      .items[0];
  };
  assert.equal(await first({}), 1);
  assert.equal(await first({ halfLife: 10 }), 2);
  assert.equal(await first({ trend: { halfLife: 10, weight: 1 } }), 2);
  assert.equal(await first({ trend: { halfLife: 10, weight: 1 }, halfLife: null }), 2);
});

Deno.test("item-kNN: users held out of the fit are ranked by what is known of them", async () => {
  const all: Row[] = [
    ...[[0, 0, 1, 10], [0, 1, 1, 10], [1, 2, 1, 20], [1, 3, 1, 20]] as const,
    ...[[2, 0, 1, 30], [2, 3, 1, 10]] as const,
  ];
  const [train, history] = [all.slice(0, 4), all].map((rows) => purchases(3, 4, rows));
  using pool = new TopKPool(1);
  const decayed = { ...params, halfLife: 10, popularityExponent: 0.5 };
  const ranker = await fitItemKnn(train!, decayed, { history });
  const alone = await fitItemKnn(train!, decayed);
  assert.deepEqual(ranker.model, alone.model);
  assert.deepEqual(ranker.base, alone.base);
  // Ages count from the last purchase of the fit, day 20: those that the fit knows keep their weight.
  assert.deepEqual([...ranker.own.values.subarray(0, 4)], [...alone.own.values]);
  assert.deepEqual([...ranker.own.values.subarray(4)], [2, 0.5]);
  const lists = await ranker.rank({ rows: Uint32Array.of(2), k: 1 }, pool);
  assert.deepEqual([...listAt(lists, 0).items], [1]);
});

Deno.test("item-kNN: the same bytes at any number of threads, over several steps", async () => {
  // Users with rows long enough for threads to start at all.
  const x = pairs(largeShop(1500, 9000, 3, 80));
  const one = await neighbours(x, { neighbours: 20, shrink: 5 });
  for (const threads of [2, 8]) {
    assert.deepEqual(await neighbours(x, { neighbours: 20, shrink: 5 }, { threads }), one);
  }
});

Deno.test("item-kNN: times that are missing and aborting end with the reason", async () => {
  const shop = untimed(2, 2, [[0, 0, 1, 0], [1, 1, 1, 0]]);
  await assert.rejects(fitItemKnn(shop, { ...params, halfLife: 7 }), {
    name: "RangeError",
    message: /evaluate\.baselines\.itemKnn\.halfLife asks.*columns\.time/,
  });
  await assert.rejects(fitItemKnn(shop, { ...params, trend: { halfLife: 7, weight: 1 } }), {
    message: /evaluate\.baselines\.itemKnn\.trend asks/,
  });
  const signal = AbortSignal.abort(new Error("stop"));
  await assert.rejects(fitItemKnn(shop, params, { signal }), /stop/);
});

Deno.test("feature weighting: by hand; who has everything tells nothing", () => {
  // Four items with a buyer; user 0 has all of them, user 1 one, user 2 two.
  const m = csrFromEntries(
    3,
    5,
    [0, 0, 0, 0, 1, 2, 2],
    [0, 1, 2, 3, 2, 0, 1],
    [1, 4, 1, 1, 2, 3, 1],
  );
  const idf = [0, Math.log(4 / 2), Math.log(4 / 3)] as const;
  const check = (found: Float32Array, raw: number[]) => {
    // The sum of squares stays that of the values, 33.
    const scale = Math.sqrt(33 / raw.reduce((sum, value) => sum + value * value, 0));
    assert.equal(found.length, raw.length);
    found.forEach((value, p) => assert.ok(Math.abs(value - raw[p]! * scale) < 1e-6, `${value}`));
  };
  check(weighFeatures(m, "tfidf").values, [
    ...[0, 0, 0, 0],
    ...[Math.sqrt(2) * idf[1], Math.sqrt(3) * idf[2], idf[2]],
  ]);
  // Items are 4, 5, 3 and 1 long, 13 / 4 on average.
  const bm25 = (r: number, length: number) =>
    r * 2.2 / (r + 1.2 * (0.25 + 0.75 * length / (13 / 4)));
  check(weighFeatures(m, "bm25").values, [
    ...[0, 0, 0, 0],
    ...[bm25(2, 3) * idf[1], bm25(3, 4) * idf[2], bm25(1, 5) * idf[2]],
  ]);
  assert.equal(weighFeatures(m, "none"), m);
  // Where nobody tells anything, nothing is alike.
  const everything = csrFromEntries(1, 2, [0, 0], [0, 1]);
  assert.deepEqual([...weighFeatures(everything, "tfidf").values], [0, 0]);
});
