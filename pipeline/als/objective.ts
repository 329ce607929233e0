import { gram } from "./cholesky.ts";
import type { Problem } from "./solver.ts";

/**
 * The objective of `Problem` in float64 at the given factors (row-major, users x factors and
 * items x factors). Only the entries are visited: the pairs without one add (x_u . y_i)^2, whose
 * sum over all pairs is the trace of (X'X)(Y'Y).
 */
export function objective(
  problem: Problem,
  user: Float32Array | Float64Array,
  item: Float32Array | Float64Array,
  factors: number,
): number {
  const k = factors;
  const { rows, indptr, indices, values } = problem.confidence;
  const gx = gram(user, k);
  const gy = gram(item, k);
  let all = 0;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < i; j++) all += 2 * gx[i * k + j]! * gy[i * k + j]!;
    all += gx[i * k + i]! * gy[i * k + i]!;
  }
  let entries = 0;
  for (let u = 0; u < rows; u++) {
    for (let p = indptr[u]!; p < indptr[u + 1]!; p++) {
      const x = u * k;
      const y = indices[p]! * k;
      let s = 0;
      for (let f = 0; f < k; f++) s += user[x + f]! * item[y + f]!;
      entries += (1 + values[p]!) * (1 - s) ** 2 - s * s;
    }
  }
  return all + entries + penalty(user, problem.userLambda, k) +
    penalty(item, problem.itemLambda, k);
}

/** sum_r lambda_r |row r|^2 of a matrix rows x k, row-major. */
export function penalty(
  m: Float32Array | Float64Array,
  lambda: Float64Array,
  k: number,
): number {
  let sum = 0;
  for (let r = 0; r < lambda.length; r++) {
    let square = 0;
    for (let f = r * k; f < (r + 1) * k; f++) square += m[f]! * m[f]!;
    sum += lambda[r]! * square;
  }
  return sum;
}
