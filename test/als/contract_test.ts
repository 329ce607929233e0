/** What every solver keeps to. A new solver joins by one more line in `solvers`. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { reference } from "../../pipeline/als/reference.ts";
import { simd, simdSolver } from "../../pipeline/als/simd.ts";
import type { Problem, Solver, SolverOptions, Sweep } from "../../pipeline/als/solver.ts";
import { startFactors } from "../../pipeline/als/start.ts";
import { tfjsSolver } from "../../pipeline/als/tfjs.ts";
import { backendsHere } from "./backends_here.ts";
import { denseObjective, denseSweeps, problemOf, problems, scores } from "./dense.ts";

interface Contract {
  readonly name: string;
  readonly solver: Solver;
  /**
   * Whether every sweep solves every row, as the dense solution does. A solver that only takes rows
   * nearer to their optimum must come to rest where the dense solution does not move either.
   */
  readonly exact: boolean;
  /** How far a predicted preference (about 0..1) may be from the dense solution's. */
  readonly scoreTolerance: number;
  /** How far the objective may be, as a part of it. */
  readonly objectiveTolerance: number;
  readonly runs: number;
  /** So many factors that a sweep of `large()` takes more than half a second. */
  readonly slowFactors: number;
}

const solvers: readonly Contract[] = [
  {
    name: "reference",
    solver: reference,
    exact: true,
    scoreTolerance: 1e-5,
    objectiveTolerance: 1e-6,
    runs: 80,
    slowFactors: 200,
  },
  ...(await backendsHere()).flatMap((backend): Contract[] => [
    {
      name: `tfjs on ${backend.name} with rows solved to the end`,
      solver: tfjsSolver([backend], { steps: 30, momentum: 0, start: "random" }),
      exact: true,
      scoreTolerance: 2e-3,
      objectiveTolerance: 1e-4,
      runs: 25,
      slowFactors: 512,
    },
    {
      name: `tfjs on ${backend.name}`,
      solver: tfjsSolver([backend]),
      exact: false,
      scoreTolerance: 2e-3,
      objectiveTolerance: 1e-4,
      runs: 5,
      slowFactors: 512,
    },
  ]),
  {
    name: "simd with rows solved to the end",
    solver: simdSolver({ steps: 60, momentum: 0, packed: "never", start: "random" }),
    exact: true,
    scoreTolerance: 2e-3,
    objectiveTolerance: 1e-4,
    runs: 40,
    slowFactors: 1024,
  },
  {
    name: "simd",
    solver: simd,
    exact: false,
    scoreTolerance: 2e-3,
    objectiveTolerance: 1e-4,
    runs: 25,
    slowFactors: 1024,
  },
];

const options: SolverOptions = { factors: 3, iterations: 3, seed: 7, threads: 1 };

const everyone = [0, 1, 2, 3, 4].map((user) => [user, 0, 2] as const);
const shapes: Readonly<Record<string, Problem>> = {
  "one user": problemOf(1, 4, [[0, 0, 1], [0, 2, 5]]),
  "one item": problemOf(4, 1, [[0, 0, 1], [2, 0, 0.5], [3, 0, 9]]),
  "one pair": problemOf(1, 1, [[0, 0, 1]]),
  "empty rows and columns": problemOf(5, 5, [[1, 1, 1], [1, 3, 2], [3, 3, 4]]),
  "an item that all have": problemOf(5, 4, [...everyone, [1, 1, 1], [4, 3, 7]]),
  "fewer items than factors": problemOf(6, 2, [[0, 0, 1], [1, 1, 3], [5, 0, 2], [5, 1, 2]]),
  "entries of no extra confidence": problemOf(3, 3, [[0, 0, 0], [1, 1, 0], [2, 2, 1]]),
  "confidence in the thousands": problemOf(4, 4, [[0, 0, 4000], [1, 1, 1], [2, 0, 900], [3, 2, 1]]),
  "unlike regularization": problemOf(3, 3, everyone.slice(0, 3), [0.05, 1, 300], [40, 1, 0.1]),
};

async function run(solver: Solver, problem: Problem, more: Partial<SolverOptions> = {}) {
  const sweeps: Sweep[] = [];
  for await (const sweep of solver.solve(problem, { ...options, ...more })) {
    const { userFactors, itemFactors } = sweep;
    sweeps.push({ ...sweep, userFactors: userFactors.slice(), itemFactors: itemFactors.slice() });
  }
  return sweeps;
}

function last(sweeps: readonly Sweep[]): Sweep {
  const sweep = sweeps.at(-1);
  assert.ok(sweep, "no sweep was yielded");
  return sweep;
}

async function assertLikeDense(contract: Contract, problem: Problem, more: Partial<SolverOptions>) {
  const all = { ...options, ...more };
  const sweeps = await run(contract.solver, problem, more);
  assert.deepEqual(sweeps.map(({ sweep }) => sweep), Array.from(sweeps, (_, at) => at + 1));
  assert.equal(sweeps.length, all.iterations);
  const dense = denseSweeps(problem, startFactors(problem, all), all.iterations);
  const expected = scores(problem, dense);
  scores(problem, last(sweeps)).forEach((score, at) => {
    const off = Math.abs(score - expected[at]!);
    assert.ok(off <= contract.scoreTolerance, `score ${at} is ${score}, not ${expected[at]}`);
  });
  for (const sweep of sweeps) {
    assertClose(sweep.objective, denseObjective(problem, sweep), contract.objectiveTolerance);
  }
}

/** What holds of a solver that does not solve rows exactly. */
async function assertSettles(contract: Contract, problem: Problem, more: Partial<SolverOptions>) {
  const all = { ...options, ...more, iterations: 60 };
  const sweeps = await run(contract.solver, problem, all);
  assert.deepEqual(sweeps.map(({ sweep }) => sweep), Array.from({ length: 60 }, (_, at) => at + 1));
  for (const sweep of [...sweeps.slice(0, 3), last(sweeps)]) {
    assertClose(sweep.objective, denseObjective(problem, sweep), contract.objectiveTolerance);
  }
  const moved = denseObjective(problem, denseSweeps(problem, last(sweeps), 1));
  assertClose(moved, last(sweeps).objective, contract.scoreTolerance);
}

function assertClose(actual: number, expected: number, tolerance: number) {
  const off = Math.abs(actual - expected) / Math.max(1e-12, Math.abs(expected));
  assert.ok(off <= tolerance, `${actual} is not ${expected}: off by ${off} of it`);
}

/** Enough work for a sweep to last a while: 600 x 500, every fifth pair. */
function large(): Problem {
  const entries = Array.from({ length: 60_000 }, (_, n) => {
    const cell = n * 5 + n % 3;
    return [Math.floor(cell / 500), cell % 500, n % 7] as const;
  });
  return problemOf(600, 500, entries);
}

for (const contract of solvers) {
  const { name, solver, exact, objectiveTolerance, runs, slowFactors } = contract;
  const assertSolved = exact ? assertLikeDense : assertSettles;

  for (const [shape, problem] of Object.entries(shapes)) {
    Deno.test(`${name}: ${shape}, as the dense normal equations have it`, async () => {
      await assertSolved(contract, problem, {});
    });
  }

  Deno.test(`${name}: any problem, as the dense normal equations have it`, async () => {
    const cases = fc.asyncProperty(
      problems,
      fc.integer({ min: 1, max: 12 }),
      fc.nat(1000),
      (problem, factors, seed) => assertSolved(contract, problem, { factors, seed }),
    );
    await fc.assert(cases, { numRuns: runs, seed: 1 });
  });

  Deno.test(`${name}: the objective never rises`, async () => {
    const cases = fc.asyncProperty(problems, fc.integer({ min: 1, max: 6 }), async (problem, k) => {
      const sweeps = await run(solver, problem, { factors: k, iterations: 6 });
      sweeps.forEach(({ objective }, at) => {
        const before = sweeps[at - 1]?.objective ?? Infinity;
        assert.ok(objective <= before * (1 + objectiveTolerance / 10), `${before} to ${objective}`);
      });
    });
    await fc.assert(cases, { numRuns: runs, seed: 2 });
  });

  Deno.test(`${name}: rows without entries are zero, whatever they start from`, async () => {
    const ones = () => new Float32Array(5 * 3).fill(1);
    const start = { userFactors: ones(), itemFactors: ones() };
    const problem = shapes["empty rows and columns"]!;
    const rowsOf = (m: Float32Array) =>
      Array.from({ length: 5 }, (_, r) => m.subarray(r * 3, r * 3 + 3).some((v) => v !== 0));
    for (const more of [{}, { start }]) {
      const { userFactors, itemFactors } = last(await run(solver, problem, more));
      assert.deepEqual(rowsOf(userFactors), [false, true, false, true, false]);
      assert.deepEqual(rowsOf(itemFactors), [false, true, false, true, false]);
    }
  });

  Deno.test(`${name}: the same bytes run after run, at any number of threads`, async () => {
    const once = await run(solver, large(), { factors: 9, iterations: 2 });
    for (const threads of [1, 2, 3, 8]) {
      const again = await run(solver, large(), { factors: 9, iterations: 2, threads });
      assert.deepEqual(again, once);
    }
  });

  Deno.test(`${name}: another seed starts elsewhere`, async () => {
    const problem = shapes["an item that all have"]!;
    const [a, b] = [await run(solver, problem), await run(solver, problem, { seed: 8 })];
    assert.notDeepEqual(last(a).userFactors, last(b).userFactors);
  });

  Deno.test(`${name}: a start is gone on from, and left as it was`, async () => {
    const problem = shapes["an item that all have"]!;
    const all = await run(solver, problem, { iterations: 4 });
    const start = { userFactors: all[1]!.userFactors, itemFactors: all[1]!.itemFactors };
    const copy = { userFactors: start.userFactors.slice(), itemFactors: start.itemFactors.slice() };
    const rest = await run(solver, problem, { iterations: 2, start });
    if (exact) assertClose(last(rest).objective, last(all).objective, objectiveTolerance);
    assert.ok(last(rest).objective <= all[1]!.objective * (1 + objectiveTolerance));
    assert.deepEqual(start, copy);
  });

  Deno.test(`${name}: leaving the loop after any sweep ends it`, async () => {
    for (const leaveAfter of [1, 2, 3]) {
      let seen = 0;
      for await (const { sweep } of solver.solve(large(), { ...options, iterations: 3 })) {
        seen = sweep;
        if (sweep === leaveAfter) break;
      }
      assert.equal(seen, leaveAfter);
    }
  });

  Deno.test(`${name}: an abort after any sweep throws the signal's reason`, async () => {
    for (const abortAfter of [0, 1, 2]) {
      const controller = new AbortController();
      const reason = new Error("stop now");
      if (abortAfter === 0) controller.abort(reason);
      let seen = 0;
      await assert.rejects(async () => {
        const { signal } = controller;
        for await (
          const { sweep } of solver.solve(large(), { ...options, iterations: 4, signal })
        ) {
          seen = sweep;
          if (sweep === abortAfter) controller.abort(reason);
        }
      }, reason);
      assert.equal(seen, abortAfter);
    }
  });

  Deno.test(`${name}: an abort in the middle of a sweep ends it there`, async () => {
    const problem = large();
    const controller = new AbortController();
    const { signal } = controller;
    // Long after the sweep has begun, which takes more than half a second.
    const timer = setTimeout(() => controller.abort(new Error("stop now")), 150);
    let sweeps = 0;
    await assert.rejects(async () => {
      const more = { factors: slowFactors, iterations: 1000, signal };
      for await (const { sweep } of solver.solve(problem, { ...options, ...more })) sweeps = sweep;
    }, /stop now/);
    clearTimeout(timer);
    assert.equal(sweeps, 0);
  });

  Deno.test(`${name}: numbers that stop being finite name the row and the remedy`, async () => {
    const twins = problemOf(3, 3, [[1, 1, 1e30], [1, 2, 1e30], [2, 1, 1e30]], 1e-30, 1e-30);
    await assert.rejects(run(solver, twins, { factors: 6 }), (error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, /(user|item) row \d.*sweep \d.*raise train\.lambda/);
      return true;
    });
  });

  Deno.test(`${name}: a problem that does not fit itself is refused`, async () => {
    const problem = shapes["one user"]!;
    const refused = (change: Partial<Problem>, more: Partial<SolverOptions>, message: RegExp) =>
      assert.rejects(run(solver, { ...problem, ...change }, more), { name: "RangeError", message });
    await refused({ userLambda: new Float64Array(2) }, {}, /userLambda has 2 values/);
    await refused({ itemLambda: new Float64Array(4) }, {}, /itemLambda\[0\] is 0/);
    const values = Float32Array.of(1, NaN);
    await refused({ confidence: { ...problem.confidence, values } }, {}, /entry 1 \(item 2\).*NaN/);
    await refused({}, { factors: 0 }, /factors is 0/);
    await refused({}, { iterations: 1.5 }, /iterations is 1.5/);
    const start = { userFactors: new Float32Array(3), itemFactors: new Float32Array(3) };
    await refused({}, { start }, /itemFactors has 3 values where the problem needs 12/);
  });
}
