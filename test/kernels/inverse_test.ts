import assert from "node:assert/strict";
import { cholesky, choleskySolve } from "../../pipeline/als/cholesky.ts";
import { denseKernels, invert, placeInverse } from "../../pipeline/kernels/inverse.ts";
import { Layout } from "../../pipeline/kernels/layout.ts";
import { KernelPool, type Turns } from "../../pipeline/kernels/pool.ts";

const never: Turns = { due: () => false, pass: () => Promise.resolve() };

/** The lower triangle of the inverse by the kernels, n x n, or the row where it failed. */
async function inverseOf(a: Float64Array, n: number, threads: number) {
  const layout = new Layout();
  const set = await denseKernels();
  const at = placeInverse(layout, set, n);
  const scratch = layout.take(threads * at.scratchBytes);
  using pool = KernelPool.start(set, layout.bytes, threads);
  pool.setScratch(scratch, at.scratchBytes);
  const row = (i: number) => new Float64Array(pool.memory.buffer, at.matrix + i * at.stride, n);
  // What is above the diagonal must not be read.
  for (let i = 0; i < n; i++) {
    row(i).set(a.subarray(i * n, i * n + i + 1));
    row(i).fill(NaN, i + 1);
  }
  const failed = await invert(pool, at, never);
  if (failed !== undefined) return failed;
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) out[i * n + j] = row(i)[j]!;
  return out;
}

/** R'R + lambda I of a random R, rows x n. */
function positive(n: number, rows: number, lambda: number): Float64Array {
  let state = n * 7919 + rows;
  const next = () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32 - 0.5;
  const r = Float64Array.from({ length: rows * n }, next);
  const a = new Float64Array(n * n);
  for (let u = 0; u < rows; u++) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) a[i * n + j]! += r[u * n + i]! * r[u * n + j]!;
    }
  }
  for (let i = 0; i < n; i++) a[i * n + i]! += lambda;
  return a;
}

/** By the Cholesky factor of the whole, column by column. */
function reference(a: Float64Array, n: number): Float64Array {
  const l = a.slice();
  assert.ok(cholesky(l, n));
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const column = new Float64Array(n);
    column[j] = 1;
    choleskySolve(l, n, column);
    inverse.set(column, j * n);
  }
  return inverse;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

Deno.test("inverse: that of a float64 reference, at any size around a block", async () => {
  for (const n of [1, 2, 5, 95, 96, 97, 192, 250]) {
    // Conditions of about 10^2 and 10^6. The latter is worse than EASE has it, and the error still far below that of the
    // float32 that its weights are rounded to, 6 * 10^-8.
    for (const [rows, lambda] of [[2 * n, 1], [Math.ceil(n / 2), 1e-4]] as const) {
      const a = positive(n, rows, lambda);
      const [found, expected] = [await inverseOf(a, n, 1), reference(a, n)];
      assert.ok(found instanceof Float64Array);
      const most = largest(expected);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          const error = Math.abs(found[i * n + j]! - expected[i * n + j]!) / most;
          assert.ok(error < (lambda === 1 ? 1e-13 : 1e-10), `n ${n}, ${i}, ${j}: off by ${error}`);
        }
      }
    }
  }
});

Deno.test("inverse: the same bytes at any number of threads", async () => {
  const n = 400;
  const a = positive(n, n, 0.1);
  const one = await inverseOf(a, n, 1);
  for (const threads of [2, 8]) assert.deepEqual(await inverseOf(a, n, threads), one);
});

Deno.test("inverse: says where a matrix is not positive definite", async () => {
  const n = 130;
  for (const bad of [0, 40, 96, 129]) {
    const a = positive(n, 2 * n, 1);
    a[bad * n + bad] = bad === 40 ? NaN : -1;
    assert.equal(await inverseOf(a, n, 2), bad);
  }
  // Two rows alike: the second has nothing of its own.
  const twins = Float64Array.of(4, 4, 4, 4);
  assert.equal(await inverseOf(twins, 2, 1), 1);
});
