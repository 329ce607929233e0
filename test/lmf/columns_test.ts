import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { joinColumns, splitColumns } from "../../pipeline/lmf/columns.ts";

const value = fc.float({ min: -8, max: 8, noNaN: true, noDefaultInfinity: true });

/** A side of `rows` rows of `k` factors, all of them active. */
function side(rows: number, k: number) {
  return fc.record({
    vectors: fc.array(value, { minLength: rows * k, maxLength: rows * k }),
    biases: fc.array(value, { minLength: rows, maxLength: rows }),
  }).map(({ vectors, biases }) => ({
    vectors: Float32Array.from(vectors),
    biases: Float32Array.from(biases),
    active: new Uint8Array(rows).fill(1),
  }));
}

const models = fc.record({
  users: fc.integer({ min: 1, max: 5 }),
  items: fc.integer({ min: 1, max: 5 }),
  k: fc.integer({ min: 1, max: 6 }),
}).chain(({ users, items, k }) =>
  fc.record({ users: side(users, k), items: side(items, k), k: fc.constant(k) })
);

Deno.test("joined columns: their inner product is x . y + b_u + b_i, and they come apart again", () => {
  fc.assert(
    fc.property(models, ({ users, items, k }) => {
      const { userFactors, itemFactors } = joinColumns(users, items, k);
      const cols = k + 2;
      for (let u = 0; u < users.biases.length; u++) {
        for (let i = 0; i < items.biases.length; i++) {
          let joined = 0;
          for (let f = 0; f < cols; f++) {
            joined += userFactors[u * cols + f]! * itemFactors[i * cols + f]!;
          }
          let score = users.biases[u]! + items.biases[i]!;
          for (let f = 0; f < k; f++) {
            score += users.vectors[u * k + f]! * items.vectors[i * k + f]!;
          }
          assert.ok(Math.abs(joined - score) < 1e-9, `${joined} is not ${score}`);
        }
      }
      const { active: _, ...user } = users;
      const { active: __, ...item } = items;
      assert.deepEqual(splitColumns(userFactors, k, k), user);
      assert.deepEqual(splitColumns(itemFactors, k, k + 1), item);
    }),
    { seed: 1 },
  );
});
