/** Implicit ALS over every pair, entry or not, in float64: what the solvers are held against. */
import fc from "fast-check";
import type { Csr } from "../../pipeline/data/matrix.ts";
import type { FactorPair, Problem } from "../../pipeline/als/solver.ts";

type Rows = number[][];

/** The objective by its definition: two loops over all pairs. */
export function denseObjective(problem: Problem, { userFactors, itemFactors }: FactorPair): number {
  const { rows, cols } = problem.confidence;
  const x = toRows(userFactors, rows);
  const y = toRows(itemFactors, cols);
  const extra = toDense(problem.confidence);
  let sum = 0;
  for (let u = 0; u < rows; u++) {
    for (let i = 0; i < cols; i++) {
      const c = extra[u]![i];
      sum += (1 + (c ?? 0)) * ((c === undefined ? 0 : 1) - dot(x[u]!, y[i]!)) ** 2;
    }
  }
  x.forEach((row, u) => sum += problem.userLambda[u]! * dot(row, row));
  y.forEach((row, i) => sum += problem.itemLambda[i]! * dot(row, row));
  return sum;
}

/** Sweeps from `start` by the normal equations (Y' C_u Y + lambda_u I) x_u = Y' C_u p_u. */
export function denseSweeps(problem: Problem, start: FactorPair, sweeps: number): FactorPair {
  const { rows, cols } = problem.confidence;
  const byUser = toDense(problem.confidence);
  const byItem = Array.from({ length: cols }, (_, i) => byUser.map((row) => row[i]));
  let x = toRows(start.userFactors, rows);
  let y = toRows(start.itemFactors, cols);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    x = byUser.map((row, u) => solveNormalEquations(row, y, problem.userLambda[u]!));
    y = byItem.map((row, i) => solveNormalEquations(row, x, problem.itemLambda[i]!));
  }
  return { userFactors: Float32Array.from(x.flat()), itemFactors: Float32Array.from(y.flat()) };
}

/** All predicted preferences, users x items. */
export function scores(problem: Problem, { userFactors, itemFactors }: FactorPair): number[] {
  const x = toRows(userFactors, problem.confidence.rows);
  const y = toRows(itemFactors, problem.confidence.cols);
  return x.flatMap((row) => y.map((other) => dot(row, other)));
}

/** A problem from entries `[user, item, extra confidence]`. */
export function problemOf(
  users: number,
  items: number,
  entries: readonly (readonly [number, number, number])[],
  userLambda: number | readonly number[] = 1,
  itemLambda: number | readonly number[] = 1,
): Problem {
  const sorted = entries.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const indptr = new Uint32Array(users + 1);
  for (const [u] of sorted) indptr[u + 1]!++;
  for (let u = 0; u < users; u++) indptr[u + 1]! += indptr[u]!;
  const lambdas = (of: number | readonly number[], n: number) =>
    Float64Array.from({ length: n }, (_, at) => typeof of === "number" ? of : of[at]!);
  return {
    confidence: {
      rows: users,
      cols: items,
      indptr,
      indices: Uint32Array.from(sorted, ([, item]) => item),
      values: Float32Array.from(sorted, ([, , extra]) => extra),
    },
    userLambda: lambdas(userLambda, users),
    itemLambda: lambdas(itemLambda, items),
  };
}

/** One row of `denseSweeps`: extra confidence by index of the fixed side `y`, `undefined` without. */
export function solveNormalEquations(
  extra: (number | undefined)[],
  y: Rows,
  lambda: number,
): number[] {
  const k = y[0]!.length;
  const a = Array.from({ length: k }, (_, f) =>
    Array.from({ length: k }, (_, g) => {
      let sum = f === g ? lambda : 0;
      y.forEach((row, i) => sum += (1 + (extra[i] ?? 0)) * row[f]! * row[g]!);
      return sum;
    }));
  const b = Array.from({ length: k }, (_, f) => {
    let sum = 0;
    y.forEach((row, i) => sum += extra[i] === undefined ? 0 : (1 + extra[i]) * row[f]!);
    return sum;
  });
  return eliminate(a, b);
}

/** Gaussian elimination with partial pivoting. */
function eliminate(a: Rows, b: number[]): number[] {
  const k = b.length;
  for (let c = 0; c < k; c++) {
    let pivot = c;
    for (let r = c + 1; r < k; r++) if (Math.abs(a[r]![c]!) > Math.abs(a[pivot]![c]!)) pivot = r;
    [a[c], a[pivot]] = [a[pivot]!, a[c]!];
    [b[c], b[pivot]] = [b[pivot]!, b[c]!];
    for (let r = c + 1; r < k; r++) {
      const factor = a[r]![c]! / a[c]![c]!;
      for (let p = c; p < k; p++) a[r]![p]! -= factor * a[c]![p]!;
      b[r]! -= factor * b[c]!;
    }
  }
  const x = new Array<number>(k).fill(0);
  for (let r = k - 1; r >= 0; r--) {
    let sum = b[r]!;
    for (let p = r + 1; p < k; p++) sum -= a[r]![p]! * x[p]!;
    x[r] = sum / a[r]![r]!;
  }
  return x;
}

function toDense(m: Csr): (number | undefined)[][] {
  return Array.from({ length: m.rows }, (_, r) => {
    const row = new Array<number | undefined>(m.cols).fill(undefined);
    for (let p = m.indptr[r]!; p < m.indptr[r + 1]!; p++) row[m.indices[p]!] = m.values[p]!;
    return row;
  });
}

function toRows(flat: Float32Array, rows: number): Rows {
  const k = flat.length / rows;
  return Array.from({ length: rows }, (_, r) => Array.from(flat.subarray(r * k, (r + 1) * k)));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, f) => sum + value * b[f]!, 0);
}

/** Problems of all small shapes, weights and regularizations. */
export const problems: fc.Arbitrary<Problem> = fc.record({
  users: fc.integer({ min: 1, max: 9 }),
  items: fc.integer({ min: 1, max: 9 }),
}).chain(({ users, items }) => {
  const lambda = fc.double({ min: 0.05, max: 100, noNaN: true });
  return fc.record({
    entries: fc.uniqueArray(
      fc.tuple(fc.nat(users - 1), fc.nat(items - 1), fc.double({ min: 0, max: 60, noNaN: true })),
      { selector: ([user, item]) => user * items + item, minLength: 1, maxLength: users * items },
    ),
    userLambda: fc.array(lambda, { minLength: users, maxLength: users }),
    itemLambda: fc.array(lambda, { minLength: items, maxLength: items }),
  }).map((p) => problemOf(users, items, p.entries, p.userLambda, p.itemLambda));
});
