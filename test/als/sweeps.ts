/** What the contract suites of both models share: small problems, runs, comparisons. */
import assert from "node:assert/strict";
import type { Problem, Solver, SolverOptions, Sweep } from "../../pipeline/als/solver.ts";
import { problemOf } from "./dense.ts";

/** Of a run that says no other. */
export const options: SolverOptions = { factors: 3, iterations: 3, seed: 7, threads: 1 };

const everyone = [0, 1, 2, 3, 4].map((user) => [user, 0, 2] as const);

/** Problems of shapes at the edge of what there can be, by name. */
export const shapes = {
  "one user": problemOf(1, 4, [[0, 0, 1], [0, 2, 5]]),
  "one item": problemOf(4, 1, [[0, 0, 1], [2, 0, 0.5], [3, 0, 9]]),
  "one pair": problemOf(1, 1, [[0, 0, 1]]),
  "empty rows and columns": problemOf(5, 5, [[1, 1, 1], [1, 3, 2], [3, 3, 4]]),
  "an item that all have": problemOf(5, 4, [...everyone, [1, 1, 1], [4, 3, 7]]),
  "fewer items than factors": problemOf(6, 2, [[0, 0, 1], [1, 1, 3], [5, 0, 2], [5, 1, 2]]),
  "weights in the thousands": problemOf(4, 4, [[0, 0, 4000], [1, 1, 1], [2, 0, 900], [3, 2, 1]]),
  "unlike regularization": problemOf(3, 3, everyone.slice(0, 3), [0.05, 1, 300], [40, 1, 0.1]),
} as const;

/** All sweeps of a run, their arrays copied. */
export async function run(solver: Solver, problem: Problem, more: Partial<SolverOptions> = {}) {
  const sweeps: Sweep[] = [];
  for await (const sweep of solver.solve(problem, { ...options, ...more })) {
    const { userFactors, itemFactors } = sweep;
    sweeps.push({ ...sweep, userFactors: userFactors.slice(), itemFactors: itemFactors.slice() });
  }
  return sweeps;
}

/** The last of at least one sweep. */
export function last(sweeps: readonly Sweep[]): Sweep {
  const sweep = sweeps.at(-1);
  assert.ok(sweep, "no sweep was yielded");
  return sweep;
}

/** Off by no more than `tolerance` as a part of what is expected. */
export function assertClose(actual: number, expected: number, tolerance: number): void {
  const off = Math.abs(actual - expected) / Math.max(1e-12, Math.abs(expected));
  assert.ok(off <= tolerance, `${actual} is not ${expected}: off by ${off} of it`);
}

/**
 * The sweeps that `fit` yields of a large problem before it throws "stop now", the signal being aborted after a
 * while: none, if it ends in the middle of its first sweep. That takes more than half a second; a machine that
 * keeps this thread waiting for longer gets a problem of four times the work.
 */
export async function sweepsUntilStopped(
  fit: (problem: Problem, signal: AbortSignal) => AsyncIterable<Sweep>,
): Promise<number> {
  let sweeps = NaN;
  for (let size = 1; size <= 4 && sweeps !== 0; size *= 2) {
    const problem = large(600 * size, 500 * size);
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error("stop now")), 150);
    sweeps = 0;
    await assert.rejects(async () => {
      for await (const { sweep } of fit(problem, controller.signal)) sweeps = sweep;
    }, /stop now/);
    clearTimeout(timer);
  }
  return sweeps;
}

/** Enough work for a sweep to last a while: every fifth pair. */
export function large(users = 600, items = 500): Problem {
  const entries = Array.from({ length: users * items / 5 }, (_, n) => {
    const cell = n * 5 + n % 3;
    return [Math.floor(cell / items), cell % items, 1 + n % 7] as const;
  });
  return problemOf(users, items, entries);
}
