/** Eigenvalues and eigenvectors of symmetric matrices, float64. */

/** A = Q diag(values) Q'. */
export interface Eigen {
  /** k, in no order. */
  readonly values: Float64Array;
  /** Q, k x k, row-major: column j belongs to values[j]. */
  readonly vectors: Float64Array;
}

/**
 * All eigenpairs of a symmetric matrix (k x k, its lower triangle is read): reduction to tridiagonal
 * form by Householder reflections, then implicit QL (Golub and Van Loan, sections 8.3.1 and 8.3.3).
 * Returns undefined where the values are not finite, or QL does not converge.
 */
export function symmetricEigen(a: Float64Array, k: number): Eigen | undefined {
  // Scaled to at most 1: squares neither overflow nor vanish.
  let scale = 0;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      const size = Math.abs(a[i * k + j]!);
      if (!(size < Infinity)) return undefined;
      scale = Math.max(scale, size);
    }
  }
  const { diagonal: d, below: e, vectors } = tridiagonal(a, k, scale || 1);
  // Rows of `vectors` are the basis: a rotation of two of them is two neighbouring streams.
  for (let l = 0; l < k; l++) {
    for (let round = 0;; round++) {
      let m = l;
      for (; m < k - 1; m++) {
        const size = Math.abs(d[m]!) + Math.abs(d[m + 1]!);
        if (Math.abs(e[m]!) <= Number.EPSILON * size + NOTHING) break;
      }
      if (m === l) break;
      if (round === 60) return undefined;
      // Wilkinson's shift
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
      let s = 1, c = 1, p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        let f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        for (let x = i * k, y = x + k, end = y; x < end; x++, y++) {
          f = vectors[y]!;
          vectors[y] = s * vectors[x]! + c * f;
          vectors[x] = c * vectors[x]! - s * f;
        }
      }
      if (r === 0 && i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  const q = new Float64Array(k * k);
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) q[j * k + i] = vectors[i * k + j]!;
  return { values: d.map((value) => value * (scale || 1)), vectors: q };
}

/** What is zero beside a matrix whose largest value is 1. */
const NOTHING = 1e-30;

/** T = V (A / scale) V' tridiagonal: its diagonal, what is below it (last value 0), and V, k x k. */
function tridiagonal(a: Float64Array, k: number, scale: number) {
  const t = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) t[i * k + j] = t[j * k + i] = a[i * k + j]! / scale;
  }
  const vectors = new Float64Array(k * k);
  for (let i = 0; i < k; i++) vectors[i * k + i] = 1;
  const v = new Float64Array(k);
  const w = new Float64Array(k);
  for (let c = 0; c < k - 2; c++) {
    let rest = 0;
    for (let i = c + 2; i < k; i++) rest += t[c * k + i]! ** 2;
    if (rest < NOTHING ** 2) continue;
    const first = t[c * k + c + 1]!;
    const alpha = first > 0 ? -Math.sqrt(first * first + rest) : Math.sqrt(first * first + rest);
    v.fill(0);
    for (let i = c + 1; i < k; i++) v[i] = t[c * k + i]!;
    v[c + 1]! -= alpha;
    // H = I - beta v v'
    const beta = 2 / (v[c + 1]! ** 2 + rest);
    let half = 0;
    for (let i = c; i < k; i++) {
      let sum = 0;
      for (let j = c + 1, at = i * k + c + 1; j < k; j++, at++) sum += t[at]! * v[j]!;
      w[i] = beta * sum;
      half += w[i]! * v[i]!;
    }
    for (let i = c; i < k; i++) w[i]! -= beta * half / 2 * v[i]!;
    for (let i = c; i < k; i++) {
      const [vi, wi] = [v[i]!, w[i]!];
      for (let j = c, at = i * k + c; j < k; j++, at++) t[at]! -= vi * w[j]! + wi * v[j]!;
    }
    // V = H V: rows, so that the inner loop runs along them.
    w.fill(0);
    for (let i = c + 1; i < k; i++) {
      const vi = v[i]!;
      for (let j = 0, at = i * k; j < k; j++, at++) w[j]! += vi * vectors[at]!;
    }
    for (let i = c + 1; i < k; i++) {
      const scale = beta * v[i]!;
      for (let j = 0, at = i * k; j < k; j++, at++) vectors[at]! -= scale * w[j]!;
    }
  }
  const diagonal = Float64Array.from({ length: k }, (_, i) => t[i * k + i]!);
  const below = Float64Array.from({ length: k }, (_, i) => i + 1 < k ? t[(i + 1) * k + i]! : 0);
  return { diagonal, below, vectors };
}
