/**
 * Implicit-feedback ALS as in the paper (Hu, Koren, Volinsky 2008, section 4): float64, plain loops,
 * every row solved exactly. The oracle of all other solvers.
 */
import { type Csr, transpose } from "../data/matrix.ts";
import { cholesky, choleskySolve, gram } from "./cholesky.ts";
import { objective } from "./objective.ts";
import { Pause } from "../kernels/pause.ts";
import { diverged, type Problem, type Solver, type SolverOptions, type Sweep } from "./solver.ts";
import { startFactors } from "./start.ts";

export const reference: Solver = {
  name: "reference",
  runtime: () => Promise.resolve({ arch: Deno.build.arch }),
  /** Factors in float64, as they started, and as this sweep and the one before yield them; pairs by item. */
  memory({ users, items, pairs, factors }) {
    return (8 + 3 * 4) * (users + items) * factors + 8 * pairs + 2 * 8 * factors ** 2;
  },
  solve,
};

async function* solve(
  problem: Problem,
  options: SolverOptions,
): AsyncGenerator<Sweep, void, void> {
  const { factors, iterations, signal } = options;
  const start = startFactors(problem, options);
  const x = Float64Array.from(start.userFactors);
  const y = Float64Array.from(start.itemFactors);
  const byUser = problem.confidence;
  const byItem = transpose(byUser);
  const pause = new Pause(signal);
  for (let sweep = 1; sweep <= iterations; sweep++) {
    await pause.pass();
    const failedUser = await solveRows(byUser, problem.userLambda, y, x, factors, pause);
    if (failedUser >= 0) {
      throw diverged("user", failedUser, sweep, problem.userLambda[failedUser]!);
    }
    const failedItem = await solveRows(byItem, problem.itemLambda, x, y, factors, pause);
    if (failedItem >= 0) {
      throw diverged("item", failedItem, sweep, problem.itemLambda[failedItem]!);
    }
    yield {
      sweep,
      objective: objective(problem, x, y, factors),
      userFactors: Float32Array.from(x),
      itemFactors: Float32Array.from(y),
    };
  }
}

/**
 * Sets every row x_u of `out` (rows x k) to its optimum with the other side Y (`fixed`, cols x k)
 * held fixed. With D = C - 1, which is zero wherever there is no entry:
 *
 *   x_u = (Y'Y + Y' D_u Y + lambda_u I)^-1 Y' C_u p_u
 *
 * so Y'Y is made once, and each row adds its own few entries. Returns the row that has no finite
 * solution, or -1.
 */
export async function solveRows(
  entries: Csr,
  lambda: Float64Array,
  fixed: Float64Array,
  out: Float64Array,
  k: number,
  pause: Pause,
): Promise<number> {
  const { rows, indptr, indices, values } = entries;
  const yty = gram(fixed, k);
  const a = new Float64Array(k * k);
  const b = new Float64Array(k);
  for (let u = 0; u < rows; u++) {
    if (pause.due()) await pause.pass();
    if (indptr[u] === indptr[u + 1]) {
      out.fill(0, u * k, (u + 1) * k);
      continue;
    }
    a.set(yty);
    b.fill(0);
    for (let i = 0; i < k; i++) a[i * k + i]! += lambda[u]!;
    for (let p = indptr[u]!; p < indptr[u + 1]!; p++) {
      addEntry(a, b, values[p]!, fixed, indices[p]! * k, k);
    }
    if (!cholesky(a, k)) return u;
    choleskySolve(a, k, b);
    for (let f = 0; f < k; f++) {
      if (!Number.isFinite(b[f]!)) return u;
      out[u * k + f] = b[f]!;
    }
  }
  return -1;
}

/** Adds one entry with extra confidence d: d y y' to the lower triangle of A, (1 + d) y to b. */
function addEntry(
  a: Float64Array,
  b: Float64Array,
  d: number,
  fixed: Float64Array,
  at: number,
  k: number,
): void {
  for (let i = 0; i < k; i++) {
    const yi = fixed[at + i]!;
    const dyi = d * yi;
    b[i]! += dyi + yi;
    const row = i * k;
    for (let j = 0; j <= i; j++) a[row + j]! += dyi * fixed[at + j]!;
  }
}
