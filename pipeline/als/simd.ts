/**
 * Implicit-feedback ALS (Hu, Koren, Volinsky 2008) by the kernels of `pipeline/kernels`: relaxed SIMD
 * in WebAssembly over shared memory. Rows are not solved exactly: a sweep changes the other side
 * anyway, so a few conjugate-gradient steps in good coordinates, from where the last sweep ended, do.
 */
import type { Turns } from "../kernels/pool.ts";
import { Pause } from "../kernels/pause.ts";
import { writeEntries } from "./simd_entries.ts";
import { sumGrams } from "./simd_grams.ts";
import { fusedMultiplyAdd } from "./simd_kernels.ts";
import { type LayoutOptions, needed } from "./simd_layout.ts";
import {
  openMemory,
  readFactors,
  type Side,
  type SimdMemory,
  writeFactors,
} from "./simd_memory.ts";
import { svdStart } from "./simd_start.ts";
import { rotation, whitening } from "./simd_transform.ts";
import { diverged, type Problem, type Solver, type SolverOptions, type Sweep } from "./solver.ts";
import { checkProblem, startFactors } from "./start.ts";

/** How rows are solved and sweeps follow one another. */
export interface Method extends LayoutOptions {
  /** Conjugate-gradient steps a row and sweep; "balanced": the more, the less of a sweep they take. */
  readonly steps: number | "balanced";
  /** From the second sweep on: x + momentum (x - x before) is where the next sweep starts. */
  readonly momentum: number;
  /** Where to start unless the caller says. */
  readonly start: "svd" | "random";
}

/** What reached a given objective soonest where the variants were measured. */
export const fastest: Method = { steps: "balanced", momentum: 0.7, packed: "large", start: "svd" };

/** The solver by another method. */
export function simdSolver(method: Method = fastest): Solver {
  return {
    name: "simd",
    async runtime() {
      const fused = await fusedMultiplyAdd();
      return { arch: Deno.build.arch, multiplyAdd: fused ? "fused" : "not fused" };
    },
    memory: needed,
    solve: (problem, options) => solve(method, problem, options),
  };
}

export const simd: Solver = simdSolver();

async function* solve(
  method: Method,
  problem: Problem,
  options: SolverOptions,
): AsyncGenerator<Sweep, void, void> {
  const { factors, iterations, signal, threads } = options;
  checkProblem(problem, options);
  signal?.throwIfAborted();
  const turns = new Pause(signal);
  const memory = await openMemory(problem, factors, threads, method);
  using _pool = memory.pool;
  await writeEntries(memory, problem.confidence, turns);
  const { users, items } = memory;
  // The Gram matrix of the item side as the next sweep finds it.
  let gram = await begin(memory, method, problem, options, turns);
  const steps = method.steps === "balanced"
    ? balancedSteps(users.rows + items.rows, problem.confidence.indices.length, memory.k)
    : method.steps;
  let before = Infinity;
  let momentum = 0;
  for (let sweep = 1; sweep <= iterations; sweep++) {
    if (turns.due()) await turns.pass();
    signal?.throwIfAborted();
    const last = momentum;
    momentum = sweep === 1 ? 0 : method.momentum;
    const halves = async (): Promise<number> => {
      const x = await solveSide(memory, users, items, gram, { sweep, momentum, steps }, turns);
      const y = await solveSide(memory, items, users, x.gram, { sweep, momentum, steps }, turns);
      gram = y.gram;
      return x.penalty + y.objective;
    };
    let objective = await halves();
    if (objective > before && last > 0) {
      // Extrapolated too far: again from the sweep before, and without.
      await restart(memory, users, momentum, turns);
      gram = await restart(memory, items, momentum, turns);
      momentum = 0;
      objective = await halves();
    }
    before = objective;
    yield { sweep, objective, ...readFactors(memory) };
  }
}

interface Step {
  readonly sweep: number;
  readonly momentum: number;
  readonly steps: number;
}

/**
 * Takes all rows of `side` nearer to their optimum, `fixed` held where it is. For users that is where
 * items are extrapolated to; for items it is where users have just been found.
 *
 * `gram` is of the fixed side; returned are the one that the other side needs next, of items the
 * objective without the users' regularization, and sum lambda_r |row r|^2.
 */
async function solveSide(
  memory: SimdMemory,
  side: Side,
  fixed: Side,
  gram: Float64Array,
  { sweep, momentum, steps }: Step,
  turns: Turns,
): Promise<{ gram: Float64Array; objective: number; penalty: number }> {
  const { pool, k, w, into, back, whiten, grams, sums, longest } = memory;
  const [lambda = 1] = side.lambda;
  const transform = side.lambda.every((value) => value === lambda)
    ? whitening(memory, gram, lambda)
    : rotation(memory, gram);
  if (!transform) throw diverged(side.name, firstWithEntries(side), sweep, lambda);
  const y = side.name === "user" ? fixed.e : fixed.x;
  const packed = fixed.packed ? 1 : 0;
  await pool.run("whiten", fixed.blocks, [y, whiten, transform.whiten, w, k, packed], turns);
  const { blocks, indptr, index, extra, lambdaAt, x, e } = side;
  const gramOf = side.name === "user" ? x : e;
  await pool.run("solveRows", blocks, [
    ...[indptr, index, extra, lambdaAt, w, x, e],
    ...[into, transform.into, back, transform.back, transform.diagonal],
    ...[steps, momentum, gramOf, grams, sums, k, longest],
    ...[side.name === "item" ? 1 : 0, packed],
  ], turns);
  const parts = new Float64Array(pool.memory.buffer, sums, 3 * blocks.count);
  let objective = 0, penalty = 0;
  for (let block = 0; block < blocks.count; block++) {
    objective += parts[3 * block]!;
    penalty += parts[3 * block + 1]!;
    const failed = parts[3 * block + 2]!;
    if (failed >= 0) throw diverged(side.name, failed, sweep, side.lambda[failed]!);
  }
  return { gram: sumGrams(memory, blocks.count), objective, penalty };
}

/** Puts the start in place; returns the Gram matrix of the items. */
async function begin(
  memory: SimdMemory,
  method: Method,
  problem: Problem,
  options: SolverOptions,
  turns: Turns,
): Promise<Float64Array> {
  if (method.start === "svd" && !options.start) return await svdStart(memory, options.seed, turns);
  const { userFactors, itemFactors } = startFactors(problem, options);
  const { pool, users, items, grams, k } = memory;
  writeFactors(memory, users.e, userFactors);
  writeFactors(memory, items.e, itemFactors);
  await pool.run("gram", items.blocks, [items.e, grams, k], turns);
  return sumGrams(memory, items.blocks.count);
}

/** Goes back by one sweep; returns the Gram matrix. */
async function restart(
  memory: SimdMemory,
  side: Side,
  momentum: number,
  turns: Turns,
): Promise<Float64Array> {
  const { pool, grams, k } = memory;
  await pool.run("restart", side.blocks, [side.x, side.e, momentum, grams, k], turns);
  return sumGrams(memory, side.blocks.count);
}

/**
 * Conjugate-gradient steps: two, up to four where products of all rows with k x k matrices, about
 * 2 k^2 multiply-adds a row, take so much of a sweep that steps of 2 k an entry cost little beside them.
 *
 * @param rows of both sides
 */
export function balancedSteps(rows: number, pairs: number, factors: number): number {
  const step = 2 * factors * pairs;
  const rest = 2 * factors ** 2 * rows + 1.5 * step;
  return step > 0.1 * rest ? 2 : step > 0.05 * rest ? 3 : 4;
}

function firstWithEntries({ starts }: Side): number {
  return Math.max(0, starts.findIndex((at) => at > 0) - 1);
}
