/** What every solver keeps to: `contract_test.ts` has those of this process, `test/spark/` the other. */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { type Csr, transpose } from "../../pipeline/data/matrix.ts";
import type { Problem, Solver, SolverOptions } from "../../pipeline/als/solver.ts";
import { startFactors } from "../../pipeline/als/start.ts";
import { denseObjective, denseSweeps, problemOf, scores } from "./dense.ts";
import { assertClose, large, last, options, run, shapes, sweepsUntilStopped } from "./sweeps.ts";

export interface Contract {
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
  /** At which numbers of threads bytes are compared; at one in any case. */
  readonly threads: readonly number[];
  /** So many factors that a sweep of `large()` takes more than half a second. */
  readonly slowFactors: number;
  /**
   * True where it yields its last sweep alone, starts from no factors but its own, and takes a problem
   * only whose regularization is weighted.
   */
  readonly lastOnly?: boolean;
}

const every: Readonly<Record<string, Problem>> = {
  ...shapes,
  "entries of no extra confidence": problemOf(3, 3, [[0, 0, 0], [1, 1, 0], [2, 2, 1]]),
};

const emptyRows = shapes["empty rows and columns"];

const problems: fc.Arbitrary<Problem> = fc.record({
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
  const { lastOnly = false, solver } = contract;
  const iterations = lastOnly ? 25 : 60;
  const taken = lastOnly ? weighted(problem) : problem;
  const sweeps = await run(solver, taken, { ...more, iterations });
  const every = Array.from({ length: iterations }, (_, at) => at + 1);
  assert.deepEqual(sweeps.map(({ sweep }) => sweep), lastOnly ? [iterations] : every);
  for (const sweep of [...sweeps.slice(0, 3), last(sweeps)]) {
    assertClose(sweep.objective, denseObjective(taken, sweep), contract.objectiveTolerance);
  }
  const moved = denseObjective(taken, denseSweeps(taken, last(sweeps), 1));
  assertClose(moved, last(sweeps).objective, contract.scoreTolerance);
}

/** The problem with the regularization that Spark knows: its first user's lambda times the entries. */
function weighted({ confidence, userLambda: [lambda = 1] }: Problem): Problem {
  const byItem = transpose(confidence);
  const lambdas = ({ rows, indptr }: Csr) =>
    Float64Array.from(
      { length: rows },
      (_, r) => lambda * Math.max(1, indptr[r + 1]! - indptr[r]!),
    );
  return { confidence, userLambda: lambdas(confidence), itemLambda: lambdas(byItem) };
}

/** Registers the tests that `contract.solver` is to pass. */
export function testContract(contract: Contract): void {
  const { name, solver, exact, objectiveTolerance, runs, slowFactors, threads, lastOnly = false } =
    contract;
  const assertSolved = exact ? assertLikeDense : assertSettles;

  for (const [shape, problem] of Object.entries(every)) {
    if (shape === "unlike regularization" && lastOnly) continue;
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

  // Of one sweep alone there is nothing to compare.
  if (!lastOnly) {
    Deno.test(`${name}: the objective never rises`, async () => {
      const cases = fc.asyncProperty(
        problems,
        fc.integer({ min: 1, max: 6 }),
        async (problem, k) => {
          const sweeps = await run(solver, problem, { factors: k, iterations: 6 });
          sweeps.forEach(({ objective }, at) => {
            const before = sweeps[at - 1]?.objective ?? Infinity;
            assert.ok(
              objective <= before * (1 + objectiveTolerance / 10),
              `${before} to ${objective}`,
            );
          });
        },
      );
      await fc.assert(cases, { numRuns: runs, seed: 2 });
    });
  }

  Deno.test(`${name}: rows without entries are zero, whatever they start from`, async () => {
    const ones = () => new Float32Array(5 * 3).fill(1);
    const start = { userFactors: ones(), itemFactors: ones() };
    const problem = lastOnly ? weighted(emptyRows) : emptyRows;
    const rowsOf = (m: Float32Array) =>
      Array.from({ length: 5 }, (_, r) => m.subarray(r * 3, r * 3 + 3).some((v) => v !== 0));
    for (const more of lastOnly ? [{}] : [{}, { start }]) {
      const { userFactors, itemFactors } = last(await run(solver, problem, more));
      assert.deepEqual(rowsOf(userFactors), [false, true, false, true, false]);
      assert.deepEqual(rowsOf(itemFactors), [false, true, false, true, false]);
    }
  });

  Deno.test(`${name}: the same bytes run after run, at any number of threads`, async () => {
    const problem = lastOnly ? weighted(large()) : large();
    const bytes = async (threads: number) =>
      (await run(solver, problem, { factors: 9, iterations: 2, threads }))
        .map(({ sweep, objective, userFactors, itemFactors }) => ({
          ...{ sweep, objective, userFactors, itemFactors },
        }));
    const once = await bytes(1);
    for (const count of threads) assert.deepEqual(await bytes(count), once);
  });

  Deno.test(`${name}: another seed starts elsewhere`, async () => {
    const shape = shapes["an item that all have"];
    const problem = lastOnly ? weighted(shape) : shape;
    const [a, b] = [await run(solver, problem), await run(solver, problem, { seed: 8 })];
    assert.notDeepEqual(last(a).userFactors, last(b).userFactors);
  });

  if (lastOnly) {
    Deno.test(`${name}: a start is refused, with the remedy`, async () => {
      const problem = weighted(emptyRows);
      const { userFactors, itemFactors } = startFactors(problem, options);
      const refused = { name: "RangeError", message: /train\.init to "fresh"/ };
      await assert.rejects(run(solver, problem, { start: { userFactors, itemFactors } }), refused);
    });
  } else {
    Deno.test(`${name}: a start is gone on from, and left as it was`, async () => {
      const problem = shapes["an item that all have"];
      const all = await run(solver, problem, { iterations: 4 });
      const start = { userFactors: all[1]!.userFactors, itemFactors: all[1]!.itemFactors };
      const copy = {
        userFactors: start.userFactors.slice(),
        itemFactors: start.itemFactors.slice(),
      };
      const rest = await run(solver, problem, { iterations: 2, start });
      if (exact) assertClose(last(rest).objective, last(all).objective, objectiveTolerance);
      assert.ok(last(rest).objective <= all[1]!.objective * (1 + objectiveTolerance));
      assert.deepEqual(start, copy);
    });
  }

  Deno.test(`${name}: leaving the loop after any sweep ends it`, async () => {
    const problem = lastOnly ? weighted(large()) : large();
    for (const leaveAfter of lastOnly ? [3] : [1, 2, 3]) {
      let seen = 0;
      for await (const { sweep } of solver.solve(problem, { ...options, iterations: 3 })) {
        seen = sweep;
        if (sweep === leaveAfter) break;
      }
      assert.equal(seen, leaveAfter);
    }
  });

  Deno.test(`${name}: an abort after any sweep throws the signal's reason`, async () => {
    const problem = lastOnly ? weighted(large()) : large();
    for (const abortAfter of lastOnly ? [0] : [0, 1, 2]) {
      const controller = new AbortController();
      const reason = new Error("stop now");
      if (abortAfter === 0) controller.abort(reason);
      let seen = 0;
      await assert.rejects(async () => {
        const { signal } = controller;
        for await (
          const { sweep } of solver.solve(problem, { ...options, iterations: 4, signal })
        ) {
          seen = sweep;
          if (sweep === abortAfter) controller.abort(reason);
        }
      }, reason);
      assert.equal(seen, abortAfter);
    }
  });

  Deno.test(`${name}: an abort in the middle of a sweep ends it there`, async () => {
    const sweeps = await sweepsUntilStopped((problem, signal) => {
      const all = { ...options, factors: slowFactors, iterations: 1000, signal };
      return solver.solve(lastOnly ? weighted(problem) : problem, all);
    });
    assert.equal(sweeps, 0);
  });

  Deno.test(`${name}: numbers that stop being finite name the row and the remedy`, async () => {
    const twins = problemOf(3, 3, [[1, 1, 1e30], [1, 2, 1e30], [2, 1, 1e30]], 1e-30, 1e-30);
    await assert.rejects(
      run(solver, lastOnly ? weighted(twins) : twins, { factors: 6 }),
      (error) => {
        assert.ok(error instanceof RangeError, String(error));
        const where = lastOnly ? "" : "(user|item) row \\d.*sweep \\d.*";
        assert.match(error.message, new RegExp(`${where}raise train\\.lambda`));
        return true;
      },
    );
  });

  Deno.test(`${name}: a problem that does not fit itself is refused`, async () => {
    const problem = shapes["one user"];
    const refused = (change: Partial<Problem>, more: Partial<SolverOptions>, message: RegExp) =>
      assert.rejects(run(solver, { ...problem, ...change }, more), { name: "RangeError", message });
    await refused({ userLambda: new Float64Array(2) }, {}, /userLambda has 2 values/);
    await refused({ itemLambda: new Float64Array(4) }, {}, /itemLambda\[0\] is 0/);
    const values = Float32Array.of(1, NaN);
    await refused({ confidence: { ...problem.confidence, values } }, {}, /entry 1 \(item 2\).*NaN/);
    await refused({}, { factors: 0 }, /factors is 0/);
    await refused({}, { iterations: 1.5 }, /iterations is 1.5/);
    const start = { userFactors: new Float32Array(3), itemFactors: new Float32Array(3) };
    if (!lastOnly) {
      await refused({}, { start }, /itemFactors has 3 values where the problem needs 12/);
    }
  });
}
