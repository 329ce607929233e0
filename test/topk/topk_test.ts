import assert from "node:assert/strict";
import fc from "fast-check";
import { csrFromEntries, type Dense, rowIndices } from "../../pipeline/data/matrix.ts";
import { type Candidates, includes, listAt } from "../../pipeline/topk/lists.ts";
import { TopKPool } from "../../pipeline/topk/pool.ts";
import { score } from "../../pipeline/topk/score.ts";
import { topK, topKAll } from "../../pipeline/topk/topk.ts";

/** Small whole numbers: many ties, and sums that are exact. */
const coarse = fc.integer({ min: -2, max: 2 });
const fine = fc.float({ noNaN: true, min: -1000, max: 1000 });

function matrix(rows: number, cols: number, value: fc.Arbitrary<number>): fc.Arbitrary<Dense> {
  return fc.array(value, { minLength: rows * cols, maxLength: rows * cols })
    .map((values) => ({ rows, cols, data: Float32Array.from(values) }));
}

const shop = fc.record({
  users: fc.integer({ min: 1, max: 5 }),
  items: fc.integer({ min: 0, max: 23 }),
  factors: fc.integer({ min: 1, max: 7 }),
  k: fc.integer({ min: 1, max: 30 }),
  value: fc.constantFrom(coarse, fine),
}).chain(({ users, items, factors, k, value }) =>
  fc.record({
    k: fc.constant(k),
    users: matrix(users, factors, value),
    items: matrix(items, factors, value),
    pairs: fc.array(
      fc.tuple(fc.nat(users - 1), fc.nat(Math.max(0, items - 1))),
      { maxLength: items === 0 ? 0 : 40 },
    ).map((entries) =>
      csrFromEntries(users, items, entries.map(([u]) => u), entries.map(([, i]) => i))
    ),
  })
);

/** Every candidate scored by the definition, sorted, cut. */
function bruteForce(
  users: Dense,
  u: number,
  items: Dense,
  k: number,
  candidates?: Candidates,
): { items: number[]; scores: number[] } {
  const row = candidates ? [...rowIndices(candidates.pairs, u)] : [];
  const all = [];
  for (let i = 0; i < items.rows; i++) {
    if (candidates && row.includes(i) === (candidates.mode === "without")) continue;
    const { cols } = items;
    all.push({ i, s: score(users.data, u * cols, items.data, i * cols, cols) });
  }
  const best = all.sort((a, b) => b.s - a.s || a.i - b.i).slice(0, k);
  return { items: best.map(({ i }) => i), scores: best.map(({ s }) => s) };
}

function plain(list: { items: Uint32Array; scores: Float64Array }) {
  return { items: [...list.items], scores: [...list.scores] };
}

const rowsOf = (m: Dense) => Uint32Array.from({ length: m.rows }, (_, r) => r);

Deno.test("topK equals brute force: ties, seen items, k beyond the catalogue", () => {
  fc.assert(fc.property(shop, ({ users, items, pairs, k }) => {
    for (let u = 0; u < users.rows; u++) {
      const vector = users.data.subarray(u * users.cols, (u + 1) * users.cols);
      assert.deepEqual(
        plain(topK(vector, items, { k, exclude: rowIndices(pairs, u) })),
        bruteForce(users, u, items, k, { pairs, mode: "without" }),
      );
      assert.deepEqual(
        plain(topK(vector, items, { k, keep: (item) => item % 3 !== 0 })),
        cut(bruteForce(users, u, items, items.rows), (item) => item % 3 !== 0, k),
      );
    }
  }));
});

function cut(list: { items: number[]; scores: number[] }, keep: (i: number) => boolean, k: number) {
  const at = [...list.items.keys()].filter((n) => keep(list.items[n] ?? 0)).slice(0, k);
  return { items: at.map((n) => list.items[n]), scores: at.map((n) => list.scores[n]) };
}

Deno.test("topKAll equals brute force in every mode", async () => {
  await fc.assert(
    fc.asyncProperty(shop, async ({ users, items, pairs, k }) => {
      const rows = rowsOf(users);
      const modes: (Candidates | undefined)[] = [
        undefined,
        { pairs, mode: "without" },
        { pairs, mode: "only" },
      ];
      for (const candidates of modes) {
        const lists = await topKAll({ users, items, rows, k, candidates }, { threads: 1 });
        for (const u of rows) {
          assert.deepEqual(plain(listAt(lists, u)), bruteForce(users, u, items, k, candidates));
        }
      }
    }),
    { numRuns: 60 },
  );
});

/** A catalogue over many blocks whose items differ in norm, so that users end early. */
function large(): { users: Dense; items: Dense; rows: Uint32Array; candidates: Candidates } {
  let state = 7;
  const next = () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32 - 0.5;
  const users = { rows: 601, cols: 17, data: Float32Array.from({ length: 601 * 17 }, next) };
  const items = { rows: 6001, cols: 17, data: new Float32Array(6001 * 17) };
  for (let i = 0; i < items.rows; i++) {
    for (let f = 0; f < 17; f++) items.data[i * 17 + f] = next() / (1 + i % 50);
  }
  const row: number[] = [];
  const col: number[] = [];
  for (let n = 0; n < 20_000; n++) {
    row.push(Math.floor((next() + 0.5) * 601));
    col.push(Math.floor((next() + 0.5) * 6001));
  }
  const pairs = csrFromEntries(601, 6001, row, col);
  return { users, items, rows: rowsOf(users).reverse(), candidates: { pairs, mode: "without" } };
}

Deno.test("any number of threads gives the bytes of the single-user path, reported in order", async () => {
  const { users, items, rows, candidates } = large();
  const query = { users, items, rows, candidates, k: 10 };
  const one = await topKAll(query, { threads: 1 });
  rows.forEach((u, r) => {
    const exclude = rowIndices(candidates.pairs, u);
    const single = topK(users.data.subarray(u * 17, u * 17 + 17), items, { k: 10, exclude });
    assert.deepEqual(plain(listAt(one, r)), plain(single));
  });
  for (const threads of [2, 3]) {
    using pool = new TopKPool(threads);
    const seen: number[] = [];
    const many = await pool.topK(query, { progress: (done) => seen.push(done) });
    assert.deepEqual(many, one);
    assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
    assert.equal(seen.at(-1), rows.length);
    assert.deepEqual(
      await pool.topK({ ...query, k: 3 }),
      await topKAll({ ...query, k: 3 }, { threads: 1 }),
    );
  }
});

Deno.test("an abort ends a query with the signal's reason", async () => {
  const { users, items, rows } = large();
  for (const threads of [1, 2]) {
    const controller = new AbortController();
    const progress = () => controller.abort(new Error("enough"));
    await assert.rejects(
      topKAll({ users, items, rows, k: 10 }, { threads, signal: controller.signal, progress }),
      /^Error: enough$/,
    );
  }
});

Deno.test("a list ends where the candidates do: nothing is pushed down, nothing padded", async () => {
  const items = { rows: 3, cols: 1, data: Float32Array.of(1, 2, 3) };
  const user = Float32Array.of(1);
  const seen = Uint32Array.of(0, 1, 2);
  assert.equal(topK(user, items, { k: 2, exclude: seen }).items.length, 0);
  assert.deepEqual(plain(topK(user, items, { k: 9, exclude: seen.subarray(1, 2) })), {
    items: [2, 0],
    scores: [3, 1],
  });
  const pairs = csrFromEntries(1, 3, [0, 0, 0], [0, 1, 2]);
  const lists = await topKAll({
    users: { rows: 1, cols: 1, data: user },
    items,
    rows: Uint32Array.of(0),
    k: 2,
    candidates: { pairs, mode: "without" },
  }, { threads: 1 });
  assert.equal(lists.lengths[0], 0);
});

Deno.test("an item of zeros wins a tie at score 0 over longer items of higher index", async () => {
  // Wide vectors, so that blocks are small and the zeros, which come last, start one of their own.
  const items = { rows: 16, cols: 1100, data: new Float32Array(16 * 1100) };
  for (let i = 8; i < 16; i++) items.data[1100 * i + 1] = 1;
  const users = { rows: 1, cols: 1100, data: new Float32Array(1100) };
  users.data[0] = 1;
  const lists = await topKAll({ users, items, rows: Uint32Array.of(0), k: 3 }, { threads: 1 });
  assert.deepEqual(plain(listAt(lists, 0)), { items: [0, 1, 2], scores: [0, 0, 0] });
});

Deno.test("factors that are not finite are refused by name, on items that are left out too", async () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    for (let at = 0; at < 12; at++) {
      const data = new Float32Array(12).fill(1);
      data[at] = bad;
      const items = { rows: 6, cols: 2, data };
      const item = Math.floor(at / 2);
      assert.throws(
        () => topK(Float32Array.of(1, 1), items, { k: 1, exclude: Uint32Array.of(item) }),
        new RegExp(`^RangeError: Factor ${at % 2} of item ${item} is .*train again`),
      );
      const users = { rows: 1, cols: 2, data: new Float32Array(2) };
      await assert.rejects(
        topKAll({ users, items, rows: Uint32Array.of(0), k: 1 }, { threads: 1 }),
        new RegExp(`^RangeError: A factor of item ${item} is not finite`),
      );
    }
  }
  const items = { rows: 2, cols: 1, data: new Float32Array(2) };
  assert.throws(() => topK(Float32Array.of(NaN), items, { k: 1 }), /User factor 0 is NaN/);
});

Deno.test("shapes, k, rows and threads are checked", async () => {
  const items = { rows: 2, cols: 2, data: new Float32Array(4) };
  const vector = new Float32Array(2);
  assert.throws(() => topK(vector, items, { k: 0 }), /k is 0: ask for a whole number/);
  assert.throws(() => topK(vector, items, { k: 1.5 }), /k is 1.5/);
  assert.throws(
    () => topK(new Float32Array(3), items, { k: 1 }),
    /has 3 factors, the items have 2/,
  );
  assert.throws(
    () => topK(vector, { ...items, rows: 3 }, { k: 1 }),
    /3 x 2 item factors need 6 values/,
  );
  const users = { rows: 1, cols: 2, data: vector };
  const ask = (rows: number[], threads: number) =>
    topKAll({ users, items, rows: Uint32Array.from(rows), k: 1 }, { threads });
  await assert.rejects(ask([1], 1), /User 1 is asked for, of 1 users/);
  await assert.rejects(ask([0], 0), /0 threads: give a whole number from 1/);
});

Deno.test("includes looks between its bounds only", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.nat(30), { maxLength: 20 }),
    fc.nat(20),
    fc.nat(20),
    fc.nat(31),
    (values, a, b, wanted) => {
      const sorted = Uint32Array.from(values).sort();
      const from = Math.min(a, b, sorted.length);
      const to = Math.min(Math.max(a, b), sorted.length);
      assert.equal(includes(sorted, from, to, wanted), sorted.subarray(from, to).includes(wanted));
    },
  ));
});
