import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "../support/fast_check.ts";
import { csrFromEntries, rowIndices } from "../../pipeline/data/matrix.ts";
import { type Candidates, listAt, type RankedLists } from "../../pipeline/topk/lists.ts";
import { TopKPool } from "../../pipeline/topk/pool.ts";
import { TopKIndex } from "../../pipeline/topk/topk.ts";
import { allRows, bruteForce, largeShop, plain, rowOf, shop } from "./brute_force.ts";

Deno.test("the lists of many users equal brute force in every mode, from one pool", async () => {
  using pool = new TopKPool(1);
  await fc.assert(
    fc.asyncProperty(shop, async ({ users, items, pairs, k }) => {
      const rows = allRows(users);
      const modes: (Candidates | undefined)[] = [
        undefined,
        { pairs, mode: "without" },
        { pairs, mode: "only" },
      ];
      for (const candidates of modes) {
        const lists = await pool.topK({ users, items, rows, k, candidates });
        for (const u of rows) {
          assert.deepEqual(plain(listAt(lists, u)), bruteForce(users, u, items, k, candidates));
        }
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("any number of threads gives the bytes of the single-user path, reported in order", async () => {
  const { users, items, candidates } = largeShop();
  // More than have room at once, and enough work for every thread to start.
  const rows = Uint32Array.from({ length: 20_000 }, (_, n) => (n * 7) % users.rows);
  const query = { users, items, rows, candidates, k: 10 };
  using one = new TopKPool(1);
  const expected = await one.topK(query);
  const index = new TopKIndex(items);
  for (let r = 0; r < users.rows; r++) {
    const exclude = rowIndices(candidates.pairs, rows[r]!);
    const single = index.topK(rowOf(users, rows[r]!), { k: 10, exclude });
    assert.deepEqual(plain(listAt(expected, r)), plain(single));
  }
  for (const threads of [2, 3]) {
    using pool = new TopKPool(threads);
    const seen: number[] = [];
    const many = await pool.topK(query, { progress: (done) => seen.push(done) });
    assertSame(many, expected);
    assert.ok(seen.length > 1);
    assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
    assert.equal(seen.at(-1), rows.length);
    // Threads and memory serve again: fewer users, longer lists than the memory was made for.
    for (const [count, k] of [[100, 3], [601, 900]] as const) {
      const next = { ...query, rows: rows.subarray(0, count), k };
      assertSame(await pool.topK(next), await one.topK(next));
    }
  }
});

/** Compares bytes: `deepEqual` takes seconds for arrays of this size. */
function assertSame(found: RankedLists, expected: RankedLists): void {
  for (const part of ["lengths", "items", "scores"] as const) {
    assert.equal(Buffer.compare(bytesOf(found[part]), bytesOf(expected[part])), 0, part);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

Deno.test("an abort ends a query with the signal's reason, and the pool goes on", async () => {
  const { users, items } = largeShop();
  const rows = Uint32Array.from({ length: 20_000 }, (_, n) => n % users.rows);
  for (const threads of [1, 2]) {
    using pool = new TopKPool(threads);
    const controller = new AbortController();
    const progress = () => controller.abort(new Error("enough"));
    const { signal } = controller;
    const query = { users, items, rows, k: 10 };
    await assert.rejects(pool.topK(query, { signal, progress }), /^Error: enough$/);
    await assert.rejects(pool.topK(query, { signal }), /^Error: enough$/);
    const few = await pool.topK({ ...query, rows: rows.subarray(0, 1) });
    assert.deepEqual(plain(listAt(few, 0)), bruteForce(users, 0, items, 10));
  }
});

Deno.test("a user without a candidate gets an empty list", async () => {
  using pool = new TopKPool(1);
  const items = { rows: 3, cols: 1, data: Float32Array.of(1, 2, 3) };
  const users = { rows: 1, cols: 1, data: Float32Array.of(1) };
  const rows = Uint32Array.of(0);
  const all = csrFromEntries(1, 3, [0, 0, 0], [0, 1, 2]);
  const without = await pool.topK({
    ...{ users, items, rows, k: 2 },
    candidates: { pairs: all, mode: "without" },
  });
  const none = csrFromEntries(1, 3, [], []);
  const only = await pool.topK({
    ...{ users, items, rows, k: 2 },
    candidates: { pairs: none, mode: "only" },
  });
  assert.deepEqual([without.lengths[0], only.lengths[0]], [0, 0]);
});

Deno.test("factors that are not finite, shapes, rows and threads are refused by name", async () => {
  using pool = new TopKPool(1);
  const rows = Uint32Array.of(0);
  const fine = { rows: 2, cols: 2, data: new Float32Array(4) };
  const bad = { rows: 2, cols: 2, data: Float32Array.of(0, 0, 0, NaN) };
  await assert.rejects(
    pool.topK({ users: fine, items: bad, rows, k: 1 }),
    /^RangeError: Factor 1 of item 1 is NaN: train again/,
  );
  await assert.rejects(
    pool.topK({ users: bad, items: fine, rows, k: 1 }),
    /^RangeError: Factor 1 of user 1 is NaN: train again/,
  );
  const wide = { rows: 1, cols: 3, data: new Float32Array(3) };
  await assert.rejects(
    pool.topK({ users: wide, items: fine, rows, k: 1 }),
    /Users have 3 factors, items have 2/,
  );
  await assert.rejects(
    pool.topK({ users: fine, items: fine, rows: Uint32Array.of(2), k: 1 }),
    /User 2 is asked for, of 2 users/,
  );
  await assert.rejects(pool.topK({ users: fine, items: fine, rows, k: 0 }), /k is 0/);
  assert.throws(() => new TopKPool(0), /0 threads: give a whole number from 1/);
});
