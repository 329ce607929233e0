import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { symmetricEigen } from "../../pipeline/kernels/symmetric.ts";

const value = fc.oneof(fc.double({ min: -4, max: 4, noNaN: true }), fc.constant(0));

/** A random symmetric matrix, zeros and repeated eigenvalues included. */
const symmetric = fc.integer({ min: 1, max: 12 }).chain((k) =>
  fc.array(value, { minLength: k * k, maxLength: k * k }).map((values) => {
    const a = Float64Array.from(values);
    for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) a[j * k + i] = a[i * k + j]!;
    return { k, a };
  })
);

function assertDecomposes(a: Float64Array, k: number) {
  const eigen = symmetricEigen(a, k);
  assert.ok(eigen);
  const { values, vectors: q } = eigen;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      let product = 0;
      let inner = 0;
      for (let p = 0; p < k; p++) {
        product += q[i * k + p]! * values[p]! * q[j * k + p]!;
        inner += q[p * k + i]! * q[p * k + j]!;
      }
      assert.ok(Math.abs(product - a[i * k + j]!) < 1e-11 * k, `${product} is not a[${i}, ${j}]`);
      assert.ok(Math.abs(inner - (i === j ? 1 : 0)) < 1e-12 * k, "the vectors are not orthonormal");
    }
  }
}

Deno.test("symmetricEigen: Q diag(values) Q' is the matrix, Q orthogonal", () => {
  fc.assert(fc.property(symmetric, ({ k, a }) => assertDecomposes(a, k)), {
    seed: 1,
    numRuns: 300,
  });
});

Deno.test("symmetricEigen: a Gram matrix of low rank", () => {
  const k = 40;
  const a = new Float64Array(k * k);
  for (let r = 0; r < 3; r++) {
    const row = Float64Array.from({ length: k }, (_, f) => Math.sin(f * (r + 1)));
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) a[i * k + j]! += row[i]! * row[j]!;
  }
  assertDecomposes(a, k);
  const large = symmetricEigen(a, k)?.values.filter((v) => v > 1e-9);
  assert.equal(large?.length, 3);
});

Deno.test("symmetricEigen: of what is not finite there is none", () => {
  assert.equal(symmetricEigen(Float64Array.of(NaN), 1), undefined);
  assert.equal(symmetricEigen(Float64Array.of(1, 0, Infinity, 1), 2), undefined);
});
