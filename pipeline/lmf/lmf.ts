/**
 * Logistic matrix factorisation (Johnson 2014) by the kernels of `pipeline/kernels`. The paper's sum over
 * all pairs is estimated without bias: each block of rows meets the purchases of its own rows and some
 * thousand rows of the other side, drawn anew and weighted by 1 / the probability of being drawn. A row
 * takes one Newton step a sweep.
 */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { Pause } from "../kernels/pause.ts";
import { fusedMultiplyAdd } from "../als/simd_kernels.ts";
import {
  diverged,
  type Problem,
  type Solver,
  type SolverOptions,
  type Sweep,
} from "../als/solver.ts";
import type { Turns } from "../kernels/pool.ts";
import { bytesOf, type LmfMemory, openMemory, readModel, type Side } from "./memory.ts";
import { startSides } from "./start.ts";

/** Makes the numbers of draws others than those that the start is made of. */
const DRAWS = 0x6a09e667;

/** How rows are solved. */
export interface Method {
  /** Rows of the other side that stand for all of them; all are met where there are no more. */
  readonly negatives: number;
  /** Conjugate-gradient steps by which a Newton step is found. */
  readonly steps: number;
}

/** What reached a given quality soonest where the variants were measured. */
export const fastest: Method = { negatives: 1024, steps: 2 };

/** The solver by another method. */
export function lmfSolver(method: Method = fastest): Solver {
  return {
    name: "simd",
    async runtime() {
      const fused = await fusedMultiplyAdd();
      return { arch: Deno.build.arch, multiplyAdd: fused ? "fused" : "not fused" };
    },
    memory: (shape) => bytesOf(shape, method.negatives),
    solve: (problem, options) => solve(method, problem, options),
  };
}

export const lmf: Solver = lmfSolver();

async function* solve(
  method: Method,
  problem: Problem,
  options: SolverOptions,
): AsyncGenerator<Sweep, void, void> {
  const { iterations, seed, signal } = options;
  const start = startSides(problem, options);
  signal?.throwIfAborted();
  const memory = await openMemory(problem, start, method.negatives, options);
  using _pool = memory.pool;
  const turns = new Pause(signal);
  const random = xoroshiro128plus(seed ^ DRAWS);
  const uniform = () => uniformFloat64(random);
  const { users, items } = memory;
  for (let sweep = 1; sweep <= iterations; sweep++) {
    if (turns.due()) await turns.pass();
    signal?.throwIfAborted();
    await solveSide(memory, users, items, { sweep, method, uniform }, turns);
    await solveSide(memory, items, users, { sweep, method, uniform }, turns);
    yield { sweep, objective: await objectiveOf(memory, uniform, turns), ...readModel(memory) };
  }
}

interface Step {
  readonly sweep: number;
  readonly method: Method;
  readonly uniform: () => number;
}

/** Takes all rows of `side` nearer to their optimum, `fixed` held where it is. */
async function solveSide(
  memory: LmfMemory,
  side: Side,
  fixed: Side,
  { sweep, method, uniform }: Step,
  turns: Turns,
): Promise<void> {
  const { pool, k, columns, entries, starts, sums } = memory;
  draw(memory, side, uniform);
  await pool.run("solveLogistic", side.blocks, [
    ...[side.indptr, side.index, side.weight, side.lambdaAt, side.inclusion],
    ...[
      side.vectors,
      side.biases,
      fixed.vectors,
      fixed.biases,
      fixed.inclusion,
      fixed.rows,
      starts,
    ],
    ...[method.steps, fixed.whole ? 1 : stepLength(sweep), k, columns, entries, sums],
  ], turns);
  const failed = new Float64Array(pool.memory.buffer, sums, side.blocks.count)
    .find((row) => row >= 0);
  if (failed !== undefined) throw diverged(side.name, failed, sweep, side.lambda[failed]!);
}

/**
 * Which part of a Newton step is taken where the other side is drawn: shorter ones later, so that a row
 * becomes an average over many draws instead of the optimum of the last one.
 */
function stepLength(sweep: number): number {
  return Math.min(1, 1.5 / sweep ** 0.7);
}

/** A new start for each block's draw. */
function draw({ pool, starts }: LmfMemory, { blocks }: Side, uniform: () => number): void {
  const to = new Float64Array(pool.memory.buffer, starts, blocks.count);
  for (let block = 0; block < to.length; block++) to[block] = uniform();
}

/**
 * The objective, to be minimised: exact where items are few enough to be met by every user; else an
 * unbiased estimate over draws that no step has seen.
 */
async function objectiveOf(
  memory: LmfMemory,
  uniform: () => number,
  turns: Turns,
): Promise<number> {
  const { pool, users, items, k, columns, entries, starts, sums } = memory;
  draw(memory, users, uniform);
  await pool.run("logisticLoss", users.blocks, [
    ...[users.indptr, users.index, users.weight, users.inclusion, users.vectors, users.biases],
    ...[
      items.vectors,
      items.biases,
      items.inclusion,
      items.rows,
      starts,
      k,
      columns,
      entries,
      sums,
    ],
  ], turns);
  let sum = penalty(memory, users) + penalty(memory, items);
  for (const part of new Float64Array(pool.memory.buffer, sums, users.blocks.count)) sum += part;
  return sum;
}

/** sum_r lambda_r / 2 |row r|^2 */
function penalty({ pool, k }: LmfMemory, { rows, vectors, lambda }: Side): number {
  const values = new Float32Array(pool.memory.buffer, vectors, rows * k);
  let sum = 0;
  for (let r = 0; r < rows; r++) {
    let square = 0;
    for (let f = r * k; f < (r + 1) * k; f++) square += values[f]! * values[f]!;
    sum += lambda[r]! / 2 * square;
  }
  return sum;
}
