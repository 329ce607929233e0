import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { cholesky, choleskySolve, gram, invertLower } from "../../pipeline/als/cholesky.ts";

/** A random matrix of rows x k, and the lower triangle of M'M + I. */
const definite = fc.integer({ min: 1, max: 9 }).chain((k) =>
  fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 4 * k, maxLength: 4 * k })
    .map((m) => {
      const a = gram(Float64Array.from(m), k);
      for (let i = 0; i < k; i++) a[i * k + i]! += 1;
      return { k, m, a };
    })
);

Deno.test("gram: the lower triangle of M'M, zeros above", () => {
  assert.deepEqual([...gram(Float64Array.of(1, 2, 3, 4, 5, 6), 2)], [35, 0, 44, 56]);
});

Deno.test("cholesky: solving undoes multiplying", () => {
  fc.assert(
    fc.property(definite, ({ k, a }) => {
      const x = Array.from({ length: k }, (_, f) => f - 2.5);
      const at = (i: number, j: number) => a[Math.max(i, j) * k + Math.min(i, j)]!;
      const b = Float64Array.from(x, (_, i) => x.reduce((sum, v, j) => sum + at(i, j) * v, 0));
      const l = a.slice();
      assert.ok(cholesky(l, k));
      choleskySolve(l, k, b);
      x.forEach((value, f) => assert.ok(Math.abs(b[f]! - value) < 1e-9, `${b[f]} is not ${value}`));
    }),
    { seed: 1 },
  );
});

Deno.test("invertLower: L times its inverse is the identity", () => {
  fc.assert(
    fc.property(definite, ({ k, a }) => {
      assert.ok(cholesky(a, k));
      const inverse = invertLower(a, k);
      for (let i = 0; i < k; i++) {
        for (let j = 0; j < k; j++) {
          let sum = 0;
          for (let p = 0; p <= i; p++) sum += a[i * k + p]! * inverse[p * k + j]!;
          assert.ok(Math.abs(sum - (i === j ? 1 : 0)) < 1e-9);
        }
      }
    }),
    { seed: 1 },
  );
});

Deno.test("cholesky: says where a matrix is not positive definite", () => {
  assert.equal(cholesky(Float64Array.of(1, 0, 2, 1), 2), false);
  assert.equal(cholesky(Float64Array.of(NaN), 1), false);
  assert.equal(cholesky(Float64Array.of(Infinity), 1), false);
});
