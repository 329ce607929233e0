/**
 * Cholesky factorisation in float64 on the lower triangle of a k x k row-major matrix. What stands
 * above the diagonal is neither read nor written.
 */

/**
 * Replaces A by L with A = L L'. Returns false, leaving A half done, where a pivot is not a finite
 * number above zero: A is then not positive definite to working precision.
 */
export function cholesky(a: Float64Array, k: number): boolean {
  for (let i = 0; i < k; i++) {
    const ri = i * k;
    for (let j = 0; j < i; j++) {
      const rj = j * k;
      a[ri + j] = (a[ri + j]! - dot(a, ri, rj, j)) / a[rj + j]!;
    }
    const pivot = a[ri + i]! - dot(a, ri, ri, i);
    if (!(pivot > 0 && pivot < Infinity)) return false;
    a[ri + i] = Math.sqrt(pivot);
  }
  return true;
}

/** The inner product of `n` values of `a` from `i` and from `j` on. */
function dot(a: Float64Array, i: number, j: number, n: number): number {
  // Four sums that do not wait for one another: about twice as fast as one.
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let p = 0;
  for (; p + 3 < n; p += 4) {
    s0 += a[i + p]! * a[j + p]!;
    s1 += a[i + p + 1]! * a[j + p + 1]!;
    s2 += a[i + p + 2]! * a[j + p + 2]!;
    s3 += a[i + p + 3]! * a[j + p + 3]!;
  }
  for (; p < n; p++) s0 += a[i + p]! * a[j + p]!;
  return (s0 + s1) + (s2 + s3);
}

/** Replaces b (k) by the solution of L L' x = b. */
export function choleskySolve(l: Float64Array, k: number, b: Float64Array): void {
  for (let i = 0; i < k; i++) {
    let sum = b[i]!;
    for (let p = 0; p < i; p++) sum -= l[i * k + p]! * b[p]!;
    b[i] = sum / l[i * k + i]!;
  }
  for (let i = k - 1; i >= 0; i--) {
    const x = b[i]! / l[i * k + i]!;
    b[i] = x;
    // Row i of L is column i of L': its values are next to each other.
    for (let p = 0; p < i; p++) b[p]! -= l[i * k + p]! * x;
  }
}

/** The inverse of L, lower triangular, k x k; zeros above the diagonal. */
export function invertLower(l: Float64Array, k: number): Float64Array {
  const inverse = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    // Row i of the identity less the rows above, each as often as L has it: along rows, not columns.
    for (let p = 0; p < i; p++) {
      const lip = l[i * k + p]!;
      for (let c = 0; c <= p; c++) inverse[i * k + c]! -= lip * inverse[p * k + c]!;
    }
    inverse[i * k + i] = 1;
    const pivot = l[i * k + i]!;
    for (let c = 0; c <= i; c++) inverse[i * k + c]! /= pivot;
  }
  return inverse;
}

/** The lower triangle of M'M (k x k) for M of rows x k. */
export function gram(m: Float32Array | Float64Array, k: number): Float64Array {
  const g = new Float64Array(k * k);
  for (let row = 0; row < m.length; row += k) {
    for (let i = 0; i < k; i++) {
      const mi = m[row + i]!;
      if (mi === 0) continue;
      for (let j = 0; j <= i; j++) g[i * k + j]! += mi * m[row + j]!;
    }
  }
  return g;
}
