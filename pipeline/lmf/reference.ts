/**
 * Logistic matrix factorisation as in the paper (Johnson 2014, section 3): float64, plain loops over every
 * pair of user and item, every row solved to its optimum. The oracle of the fast solver. With d = alpha f(r)
 * on purchases and 0 elsewhere, and s_ui = x_u . y_i + b_u + b_i, minus the paper's log posterior is
 *
 *   sum_ui [softplus(s_ui) + d_ui softplus(-s_ui)] + sum_u lambda_u / 2 |x_u|^2 + sum_i lambda_i / 2 |y_i|^2
 *
 * where softplus(s) = ln(1 + e^s): each pair is one observed absence and d observed purchases. Biases are
 * not regularised, so a row without purchases has none that is finite: it takes no part.
 */
import { BIAS_COLUMNS } from "../als/biases.ts";
import { cholesky, choleskySolve } from "../als/cholesky.ts";
import { Pause } from "../kernels/pause.ts";
import {
  diverged,
  type Problem,
  type Solver,
  type SolverOptions,
  type Sweep,
} from "../als/solver.ts";
import { type Csr, transpose } from "../data/matrix.ts";
import { type BiasedRows, joinColumns } from "./columns.ts";
import { type StartSide, startSides } from "./start.ts";

export const reference: Solver = {
  name: "reference",
  runtime: () => Promise.resolve({ arch: Deno.build.arch }),
  /** Factors in float64, as they started, and as this sweep and the one before yield them; pairs by item. */
  memory({ users, items, pairs, factors }) {
    return (8 + 3 * 4) * (users + items) * (factors + BIAS_COLUMNS) + 8 * pairs;
  },
  solve,
};

/** A side in float64. */
interface Side extends BiasedRows {
  readonly vectors: Float64Array;
  readonly biases: Float64Array;
  /** Its rows' entries: rows x the other side's rows. */
  readonly entries: Csr;
  /** rows */
  readonly lambda: Float64Array;
}

async function* solve(
  problem: Problem,
  options: SolverOptions,
): AsyncGenerator<Sweep, void, void> {
  const { factors: k, iterations, signal } = options;
  const start = startSides(problem, options);
  const users = inFloat64(start.users, problem.confidence, problem.userLambda);
  const items = inFloat64(start.items, transpose(problem.confidence), problem.itemLambda);
  const pause = new Pause(signal);
  for (let sweep = 1; sweep <= iterations; sweep++) {
    await pause.pass();
    let objective = 0;
    for (const [name, side, fixed] of [["user", users, items], ["item", items, users]] as const) {
      for (let r = 0; r < side.active.length; r++) {
        if (!side.active[r]) continue;
        if (pause.due()) await pause.pass();
        if (!solveRow(side, r, fixed, k)) throw diverged(name, r, sweep, side.lambda[r]!);
      }
    }
    // The sum over the items' rows has all pairs, and all of the penalty but the users'.
    for (let i = 0; i < items.active.length; i++) {
      if (pause.due()) await pause.pass();
      if (items.active[i]) objective += lossOf(rowOf(items, i, k), items, i, users, k);
    }
    for (let u = 0; u < users.active.length; u++) {
      if (users.active[u]) objective += penalty(rowOf(users, u, k), users.lambda[u]!, k);
    }
    yield { sweep, objective, ...joinColumns(users, items, k) };
  }
}

function inFloat64({ vectors, biases, active }: StartSide, entries: Csr, lambda: Float64Array) {
  return {
    vectors: Float64Array.from(vectors),
    biases: Float64Array.from(biases),
    active,
    entries,
    lambda,
  };
}

/** [x, b] of row `r`: k + 1 values, copied. */
function rowOf({ vectors, biases }: Side, r: number, k: number): Float64Array {
  const row = new Float64Array(k + 1);
  row.set(vectors.subarray(r * k, (r + 1) * k));
  row[k] = biases[r]!;
  return row;
}

/** Newton's method is through where a step would lower the objective by less than this part of it. */
const PRECISION = 1e-13;
const MOST_STEPS = 100;

/**
 * Sets row `r` of `side` to its optimum, all rows of `fixed` held: a convex problem, solved by Newton's
 * method with steps that are halved until the objective falls. Returns false where that is not finite.
 */
function solveRow(side: Side, r: number, fixed: Side, k: number): boolean {
  const row = rowOf(side, r, k);
  let loss = lossOf(row, side, r, fixed, k);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradient, curvature } = derivatives(row, side, r, fixed, k);
    const direction = gradient.slice();
    if (!cholesky(curvature, k + 1)) return false;
    choleskySolve(curvature, k + 1, direction);
    const decrease = gradient.reduce((sum, g, f) => sum + g * direction[f]!, 0);
    if (!(decrease < Infinity)) return false;
    if (decrease <= PRECISION * loss) break;
    let length = 1;
    let next = row.map((value, f) => value - length * direction[f]!);
    let lossNext = lossOf(next, side, r, fixed, k);
    for (; !(lossNext <= loss) && length > PRECISION; length /= 2) {
      next = row.map((value, f) => value - length / 2 * direction[f]!);
      lossNext = lossOf(next, side, r, fixed, k);
    }
    if (!(lossNext <= loss)) break;
    row.set(next);
    loss = lossNext;
  }
  side.vectors.set(row.subarray(0, k), r * k);
  side.biases[r] = row[k]!;
  return loss < Infinity;
}

/** The part of the objective that has [x, b] as row `r` of `side`. */
function lossOf(row: Float64Array, side: Side, r: number, fixed: Side, k: number): number {
  let sum = penalty(row, side.lambda[r]!, k);
  for (const [j, d] of others(side, r, fixed)) {
    const s = score(row, fixed, j, k);
    sum += softplus(s) + d * softplus(-s);
  }
  return sum;
}

/** Its gradient (k + 1) and matrix of second derivatives ((k + 1) x (k + 1), lower triangle). */
function derivatives(row: Float64Array, side: Side, r: number, fixed: Side, k: number) {
  const n = k + 1;
  const gradient = new Float64Array(n);
  const curvature = new Float64Array(n * n);
  for (let f = 0; f < k; f++) {
    gradient[f] = side.lambda[r]! * row[f]!;
    curvature[f * n + f] = side.lambda[r]!;
  }
  for (const [j, d] of others(side, r, fixed)) {
    const s = score(row, fixed, j, k);
    const first = sigmoid(s) - d * sigmoid(-s);
    const second = (1 + d) * sigmoid(s) * sigmoid(-s);
    const y = (f: number) => f < k ? fixed.vectors[j * k + f]! : 1;
    for (let f = 0; f < n; f++) {
      gradient[f]! += first * y(f);
      for (let g = 0; g <= f; g++) curvature[f * n + g]! += second * y(f) * y(g);
    }
  }
  return { gradient, curvature };
}

/** Every row j of `fixed` that takes part, with the weight d of its entry in row `r`, else 0. */
function* others({ entries: { indptr, indices, values } }: Side, r: number, { active }: Side) {
  let at = indptr[r]!;
  const end = indptr[r + 1]!;
  for (let j = 0; j < active.length; j++) {
    const d = at < end && indices[at] === j ? values[at++]! : 0;
    if (active[j]) yield [j, d] as const;
  }
}

/** x . y_j + b + b_j */
function score(row: Float64Array, { vectors, biases }: Side, j: number, k: number): number {
  let sum = row[k]! + biases[j]!;
  for (let f = 0; f < k; f++) sum += row[f]! * vectors[j * k + f]!;
  return sum;
}

/** lambda / 2 |x|^2 */
function penalty(row: Float64Array, lambda: number, k: number): number {
  let square = 0;
  for (let f = 0; f < k; f++) square += row[f]! * row[f]!;
  return lambda / 2 * square;
}

/** ln(1 + e^s) */
function softplus(s: number): number {
  return Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));
}

/** 1 / (1 + e^-s) */
function sigmoid(s: number): number {
  return s < 0 ? Math.exp(s) / (1 + Math.exp(s)) : 1 / (1 + Math.exp(-s));
}
