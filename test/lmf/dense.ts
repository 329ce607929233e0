/** Logistic matrix factorisation by its definition, float64, two loops over all pairs. */
import type { FactorPair, Problem } from "../../pipeline/als/solver.ts";

/** The objective: to be minimised, over the rows and columns that have a weight above zero. */
export function denseObjective(problem: Problem, { userFactors, itemFactors }: FactorPair): number {
  const { rows, cols, indptr, indices, values } = problem.confidence;
  const width = userFactors.length / rows;
  const d = Array.from({ length: rows }, () => new Float64Array(cols));
  for (let u = 0; u < rows; u++) {
    for (let p = indptr[u]!; p < indptr[u + 1]!; p++) d[u]![indices[p]!] = values[p]!;
  }
  const users = d.map((row) => row.some((value) => value > 0));
  const items = Array.from({ length: cols }, (_, i) => d.some((row) => row[i]! > 0));
  let sum = 0;
  for (let u = 0; u < rows; u++) {
    if (!users[u]) continue;
    sum += problem.userLambda[u]! / 2 * square(userFactors, u, width);
    for (let i = 0; i < cols; i++) {
      if (!items[i]) continue;
      let s = 0;
      for (let f = 0; f < width; f++) {
        s += userFactors[u * width + f]! * itemFactors[i * width + f]!;
      }
      const probability = 1 / (1 + Math.exp(-s));
      // d purchases and one absence were observed of the pair.
      sum -= (d[u]![i]! > 0 ? d[u]![i]! * Math.log(probability) : 0) + Math.log1p(-probability);
    }
  }
  for (let i = 0; i < cols; i++) {
    if (items[i]) sum += problem.itemLambda[i]! / 2 * square(itemFactors, i, width);
  }
  return sum;
}

/** |x|^2 without the two columns of biases. */
function square(rows: Float32Array, row: number, width: number): number {
  let sum = 0;
  for (let f = 0; f < width - 2; f++) sum += rows[row * width + f]! ** 2;
  return sum;
}
