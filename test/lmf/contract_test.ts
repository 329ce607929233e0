/** What both solvers of logistic matrix factorisation keep to. */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import type { Problem, Solver, SolverOptions } from "../../pipeline/als/solver.ts";
import { lmf, lmfSolver } from "../../pipeline/lmf/lmf.ts";
import { reference } from "../../pipeline/lmf/reference.ts";
import { problemOf } from "../als/dense.ts";
import {
  assertClose,
  large,
  last,
  options,
  run,
  shapes,
  sweepsUntilStopped,
} from "../als/sweeps.ts";
import { denseObjective } from "./dense.ts";

interface Contract {
  readonly name: string;
  readonly solver: Solver;
  /** How far the objective may be from its definition, as a part of it. */
  readonly objectiveTolerance: number;
  /** How much of the objective another exact sweep may gain after many sweeps. */
  readonly restTolerance: number;
  /** So many: the oracle takes rows to their optimum, the other one step nearer. */
  readonly sweeps: number;
  readonly runs: number;
}

// On these problems every row is met by every other, so the fast solver estimates nothing.
const solvers: readonly Contract[] = [
  {
    name: "reference",
    solver: reference,
    objectiveTolerance: 1e-6,
    restTolerance: 2e-3,
    sweeps: 40,
    runs: 8,
  },
  {
    name: "simd",
    solver: lmf,
    objectiveTolerance: 1e-5,
    restTolerance: 2e-3,
    sweeps: 100,
    runs: 40,
  },
];

const every: Readonly<Record<string, Problem>> = {
  ...shapes,
  "entries without weight": problemOf(3, 3, [[0, 0, 0], [0, 1, 1], [1, 1, 0], [2, 2, 1]]),
};

const problems: fc.Arbitrary<Problem> = fc.record({
  users: fc.integer({ min: 1, max: 16 }),
  items: fc.integer({ min: 1, max: 16 }),
}).chain(({ users, items }) => {
  const lambda = fc.double({ min: 0.1, max: 30, noNaN: true });
  return fc.record({
    entries: fc.uniqueArray(
      fc.tuple(
        fc.nat(users - 1),
        fc.nat(items - 1),
        fc.double({ min: 0.01, max: 40, noNaN: true }),
      ),
      { selector: ([user, item]) => user * items + item, minLength: 1, maxLength: 60 },
    ),
    userLambda: fc.array(lambda, { minLength: users, maxLength: users }),
    itemLambda: fc.array(lambda, { minLength: items, maxLength: items }),
  }).map((p) => problemOf(users, items, p.entries, p.userLambda, p.itemLambda));
});

/** Falls with every sweep, is what its definition says, and comes to rest where the oracle does. */
async function assertSettles(contract: Contract, problem: Problem, more: Partial<SolverOptions>) {
  const { solver, objectiveTolerance, restTolerance, sweeps: iterations } = contract;
  const all = { ...options, ...more, iterations };
  const sweeps = await run(solver, problem, all);
  assert.deepEqual(sweeps.map(({ sweep }) => sweep), Array.from(sweeps, (_, at) => at + 1));
  assert.equal(sweeps.length, all.iterations);
  sweeps.forEach(({ objective }, at) => {
    const before = sweeps[at - 1]?.objective ?? Infinity;
    assert.ok(objective <= before * (1 + 1e-6), `sweep ${at + 1}: ${before} to ${objective}`);
  });
  for (const sweep of [...sweeps.slice(0, 3), last(sweeps)]) {
    assertClose(sweep.objective, denseObjective(problem, sweep), objectiveTolerance);
  }
  const { userFactors, itemFactors } = last(sweeps);
  const start = { userFactors, itemFactors };
  const [moved] = await run(reference, problem, { ...all, iterations: 1, start });
  assert.ok(moved);
  assertClose(last(sweeps).objective, moved.objective, restTolerance);
}

for (const contract of solvers) {
  const { name, solver, runs } = contract;

  for (const [shape, problem] of Object.entries(every)) {
    Deno.test(`lmf ${name}: ${shape}, to where the dense objective rests`, async () => {
      await assertSettles(contract, problem, {});
    });
  }

  Deno.test(`lmf ${name}: any problem, to where the dense objective rests`, async () => {
    const cases = fc.asyncProperty(
      problems,
      fc.integer({ min: 1, max: 18 }),
      fc.nat(1000),
      (problem, factors, seed) => assertSettles(contract, problem, { factors, seed }),
    );
    await fc.assert(cases, { numRuns: runs, seed: 1 });
  });

  Deno.test(`lmf ${name}: rows without weight are zero with the lowest bias of their side`, async () => {
    const { userFactors, itemFactors } = last(await run(solver, shapes["empty rows and columns"]));
    const rows = (m: Float32Array) =>
      Array.from({ length: 5 }, (_, r) => [...m.slice(r * 5, r * 5 + 5)]);
    const [users, items] = [rows(userFactors), rows(itemFactors)];
    const lowest = (of: number[][], at: number) => Math.min(of[1]![at]!, of[3]![at]!);
    for (const r of [0, 2, 4]) {
      assert.deepEqual(users[r], [0, 0, 0, lowest(users, 3), 1]);
      assert.deepEqual(items[r], [0, 0, 0, 1, lowest(items, 4)]);
    }
    for (const r of [1, 3]) assert.deepEqual([users[r]![4], items[r]![3]], [1, 1]);
  });

  Deno.test(`lmf ${name}: another seed starts elsewhere`, async () => {
    const problem = shapes["an item that all have"];
    const [a, b] = [await run(solver, problem), await run(solver, problem, { seed: 8 })];
    assert.notDeepEqual(last(a).userFactors, last(b).userFactors);
  });

  Deno.test(`lmf ${name}: a start is gone on from, and left as it was`, async () => {
    const problem = shapes["an item that all have"];
    const all = await run(solver, problem, { iterations: 4 });
    const start = { userFactors: all[1]!.userFactors, itemFactors: all[1]!.itemFactors };
    const copy = structuredClone(start);
    const rest = await run(solver, problem, { iterations: 2, start });
    assertClose(last(rest).objective, last(all).objective, 1e-4);
    assert.deepEqual(start, copy);
  });

  Deno.test(`lmf ${name}: rows of a start that are new get the biases of the purchases`, async () => {
    const problem = shapes["an item that all have"];
    const start = {
      userFactors: new Float32Array(25),
      itemFactors: Float32Array.from({ length: 20 }, (_, at) => at % 5 < 3 ? 0.1 : 0),
    };
    const [first] = await run(solver, problem, { iterations: 1, start });
    const [random] = await run(solver, problem, { iterations: 1 });
    assert.ok(first && random);
    // Near the optimum without factors, where a start of zero biases is far from it.
    assert.ok(first.objective < 1.2 * random.objective);
    assertClose(first.objective, denseObjective(problem, first), contract.objectiveTolerance);
  });

  Deno.test(`lmf ${name}: leaving the loop after any sweep ends it`, async () => {
    for (const leaveAfter of [1, 2]) {
      let seen = 0;
      for await (const { sweep } of solver.solve(large(60, 50), { ...options, iterations: 3 })) {
        seen = sweep;
        if (sweep === leaveAfter) break;
      }
      assert.equal(seen, leaveAfter);
    }
  });

  Deno.test(`lmf ${name}: an abort after any sweep throws the signal's reason`, async () => {
    for (const abortAfter of [0, 1, 2]) {
      const controller = new AbortController();
      const reason = new Error("stop now");
      if (abortAfter === 0) controller.abort(reason);
      let seen = 0;
      await assert.rejects(async () => {
        const more = { iterations: 4, signal: controller.signal };
        for await (const { sweep } of solver.solve(large(60, 50), { ...options, ...more })) {
          seen = sweep;
          if (sweep === abortAfter) controller.abort(reason);
        }
      }, reason);
      assert.equal(seen, abortAfter);
    }
  });

  Deno.test(`lmf ${name}: an abort in the middle of a sweep ends it there`, async () => {
    const sweeps = await sweepsUntilStopped((problem, signal) => {
      const more = { factors: name === "simd" ? 1024 : 100, iterations: 1000, signal };
      return solver.solve(problem, { ...options, ...more });
    });
    assert.equal(sweeps, 0);
  });

  Deno.test(`lmf ${name}: numbers that stop being finite name the row and the remedy`, async () => {
    const problem = problemOf(3, 3, [[1, 1, 1], [1, 2, 1], [2, 1, 1]]);
    const start = {
      userFactors: new Float32Array(15).fill(1e30),
      itemFactors: new Float32Array(15).fill(1e38),
    };
    await assert.rejects(run(solver, problem, { start }), (error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, /user row 1 .*sweep 1.*raise train\.lambda/);
      return true;
    });
  });

  Deno.test(`lmf ${name}: a problem that does not fit itself is refused`, async () => {
    const problem = shapes["one user"];
    const refused = (change: Partial<Problem>, more: Partial<SolverOptions>, message: RegExp) =>
      assert.rejects(run(solver, { ...problem, ...change }, more), { name: "RangeError", message });
    await refused({ userLambda: new Float64Array(2) }, {}, /userLambda has 2 values/);
    await refused({ itemLambda: new Float64Array(4) }, {}, /itemLambda\[0\] is 0/);
    const nan = Float32Array.of(1, NaN);
    await refused({ confidence: { ...problem.confidence, values: nan } }, {}, /entry 1 \(item 2\)/);
    const none = Float32Array.of(0, 0);
    await refused(
      { confidence: { ...problem.confidence, values: none } },
      {},
      /raise train\.alpha/,
    );
    await refused({}, { factors: 0 }, /factors is 0/);
    const start = { userFactors: new Float32Array(5), itemFactors: new Float32Array(13) };
    await refused({}, { start }, /itemFactors of the start has 13 values where .* needs 20/);
  });
}

for (const negatives of [1024, 64]) {
  Deno.test(`lmf simd with ${negatives} negatives: the same bytes run after run, at any number of threads`, async () => {
    const solver = lmfSolver({ negatives, steps: 2 });
    const once = await run(solver, large(), { factors: 9, iterations: 2 });
    for (const threads of [1, 2, 3, 8]) {
      assert.deepEqual(await run(solver, large(), { factors: 9, iterations: 2, threads }), once);
    }
  });
}
