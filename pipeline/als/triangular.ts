/** Solving with a lower triangular L (k x k, row-major, float64): one vector of k values at `at`. */

/** Replaces b by L^-1 b. */
export function solveLower(l: Float64Array, k: number, b: Float64Array, at = 0): void {
  for (let i = 0; i < k; i++) {
    b[at + i] = (b[at + i]! - dot(l, i * k, b, at, i)) / l[i * k + i]!;
  }
}

/** Replaces b by L'^-1 b. */
export function solveUpper(l: Float64Array, k: number, b: Float64Array, at = 0): void {
  for (let i = k - 1; i >= 0; i--) {
    const x = b[at + i]! / l[i * k + i]!;
    b[at + i] = x;
    // Row i of L is column i of L': its values are next to each other.
    for (let p = 0; p < i; p++) b[at + p]! -= l[i * k + p]! * x;
  }
}

/** The inner product of the `n` values of `a` from `i` on with those of `b` from `j` on. */
export function dot(a: Float64Array, i: number, b: Float64Array, j: number, n: number): number {
  // Four sums that do not wait for one another.
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let p = 0;
  for (; p + 3 < n; p += 4) {
    s0 += a[i + p]! * b[j + p]!;
    s1 += a[i + p + 1]! * b[j + p + 1]!;
    s2 += a[i + p + 2]! * b[j + p + 2]!;
    s3 += a[i + p + 3]! * b[j + p + 3]!;
  }
  for (; p < n; p++) s0 += a[i + p]! * b[j + p]!;
  return (s0 + s1) + (s2 + s3);
}
