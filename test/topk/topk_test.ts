import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { rowIndices } from "../../pipeline/data/matrix.ts";
import { norm, score } from "../../pipeline/topk/score.ts";
import { TopKIndex } from "../../pipeline/topk/topk.ts";
import { bruteForce, plain, randomNumbers, rowOf, shop } from "./brute_force.ts";

Deno.test("a list equals brute force to the last bit, whatever the values, ties and seen items", () => {
  fc.assert(
    fc.property(shop, ({ users, items, pairs, k }) => {
      const index = new TopKIndex(items);
      for (let u = 0; u < users.rows; u++) {
        const exclude = rowIndices(pairs, u);
        assert.deepEqual(
          plain(index.topK(rowOf(users, u), { k, exclude })),
          bruteForce(users, u, items, k, { pairs, mode: "without" }),
        );
        assert.deepEqual(plain(index.topK(rowOf(users, u), { k })), bruteForce(users, u, items, k));
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("no bound of a large catalogue loses an item: scores nearer than integers can tell", () => {
  const next = randomNumbers(3);
  for (const cols of [1, 4, 5, 64, 65]) {
    // Copies of a few items, each a few last bits away from the others: the bounds decide nothing.
    const items = { rows: 3001, cols, data: new Float32Array(3001 * cols) };
    const models = Array.from({ length: 7 }, () => Float32Array.from({ length: cols }, next));
    for (let i = 0; i < items.rows; i++) {
      for (let f = 0; f < cols; f++) {
        items.data[i * cols + f] = models[i % 7]![f]! * (1 + Math.floor(8 * next()) * 2 ** -23);
      }
    }
    const users = { rows: 8, cols, data: Float32Array.from({ length: 8 * cols }, next) };
    // One factor of a user sets the scale of all: the other ones are quantized away.
    for (let u = 0; u < 4; u++) users.data[u * cols] = 1000;
    const index = new TopKIndex(items);
    for (let u = 0; u < users.rows; u++) {
      for (const k of [1, 20, 500]) {
        const expected = bruteForce(users, u, items, k);
        assert.deepEqual(plain(index.topK(rowOf(users, u), { k })), expected, `${cols} factors`);
      }
    }
  }
});

Deno.test("an index answers anew each time: nothing of a list is left for the next", () => {
  const items = { rows: 4, cols: 1, data: Float32Array.of(1, 2, 3, 4) };
  const index = new TopKIndex(items);
  const first = index.topK(Float32Array.of(1), { k: 4 });
  const second = index.topK(Float32Array.of(-1), { k: 2, exclude: Uint32Array.of(0) });
  assert.deepEqual(plain(first), { items: [3, 2, 1, 0], scores: [4, 3, 2, 1] });
  assert.deepEqual(plain(second), { items: [1, 2], scores: [-2, -3] });
});

Deno.test("a list ends where the candidates do: nothing is pushed down, nothing padded", () => {
  const index = new TopKIndex({ rows: 3, cols: 1, data: Float32Array.of(1, 2, 3) });
  const user = Float32Array.of(1);
  const seen = Uint32Array.of(0, 1, 2);
  assert.equal(index.topK(user, { k: 2, exclude: seen }).items.length, 0);
  assert.deepEqual(plain(index.topK(user, { k: 9, exclude: seen.subarray(1, 2) })), {
    items: [2, 0],
    scores: [3, 1],
  });
});

Deno.test("an item of zeros wins a tie at score 0 over longer items of higher index", () => {
  // Those fill the first block; the zeros come in blocks of their own.
  const items = { rows: 600, cols: 2, data: new Float32Array(1200) };
  for (let i = 344; i < 600; i++) items.data[2 * i + 1] = 1;
  const list = new TopKIndex(items).topK(Float32Array.of(1, 0), { k: 3 });
  assert.deepEqual(plain(list), { items: [0, 1, 2], scores: [0, 0, 0] });
});

Deno.test("a tie that the product of rounded norms denies is won by the lower index", () => {
  let denied = 0;
  for (let a = 1; a < 200; a++) {
    const vector = Float32Array.of(a / 7, 1, 0);
    const length = norm(vector, 0, 3);
    if (length * length < score(vector, 0, vector, 0, 3)) denied++;
    // Item 0 is the vector itself; 256 longer ones with the same score fill the block before it.
    const data = new Float32Array(3 * 257);
    for (let i = 0; i < 257; i++) data.set([a / 7, 1, i === 0 ? 0 : 1000], 3 * i);
    const list = new TopKIndex({ rows: 257, cols: 3, data }).topK(vector, { k: 1 });
    assert.deepEqual([...list.items], [0], `${a} / 7`);
  }
  assert.ok(denied > 0);
});

Deno.test("factors that are not finite are refused by name", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    for (let at = 0; at < 12; at++) {
      const data = new Float32Array(12).fill(1);
      data[at] = bad;
      assert.throws(
        () => new TopKIndex({ rows: 6, cols: 2, data }),
        new RegExp(`^RangeError: Factor ${at % 2} of item ${at >> 1} is ${bad}: train again`),
      );
    }
    const index = new TopKIndex({ rows: 2, cols: 1, data: new Float32Array(2) });
    assert.throws(
      () => index.topK(Float32Array.of(bad), { k: 1 }),
      new RegExp(`^RangeError: Factor 0 of the user vector is ${bad}`),
    );
  }
});

Deno.test("shapes, k and what is excluded are checked", () => {
  const items = { rows: 2, cols: 2, data: new Float32Array(4) };
  const vector = new Float32Array(2);
  const index = new TopKIndex(items);
  assert.throws(() => index.topK(vector, { k: 0 }), /k is 0: ask for a whole number/);
  assert.throws(() => index.topK(vector, { k: 1.5 }), /k is 1.5/);
  assert.throws(
    () => index.topK(vector, { k: 1, exclude: Uint32Array.of(0, 1, 2) }),
    /3 items are excluded, of 2/,
  );
  assert.throws(
    () => index.topK(new Float32Array(3), { k: 1 }),
    /has 3 factors, the items have 2/,
  );
  assert.throws(() => new TopKIndex({ ...items, rows: 3 }), /3 x 2 item factors need 6 values/);
});

Deno.test("more than can be addressed or multiplied is refused, with the remedy", () => {
  assert.throws(
    () => new TopKIndex({ rows: 1, cols: 65_537, data: new Float32Array(65_537) }),
    /^RangeError: 65537 factors are too many to rank by: at most 65536/,
  );
  const index = new TopKIndex({
    rows: 9,
    cols: 65_536,
    data: new Float32Array(9 * 65_536).fill(1),
  });
  const vector = new Float32Array(65_536).fill(-1);
  assert.deepEqual(plain(index.topK(vector, { k: 2 })), {
    items: [0, 1],
    scores: [-65_536, -65_536],
  });
});
