/** What drawn negatives promise: estimates without bias, and nearly the optimum of all pairs. */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import type { Problem, SolverOptions, Sweep } from "../../pipeline/als/solver.ts";
import { lmfSolver } from "../../pipeline/lmf/lmf.ts";
import { inclusionOf } from "../../pipeline/lmf/negatives.ts";
import { problemOf } from "../als/dense.ts";
import { denseObjective } from "./dense.ts";

const options: SolverOptions = { factors: 4, iterations: 1, seed: 7, threads: 1 };

/** Two tastes: a user of one buys items of it, the first of them most. */
function tastes(users: number, items: number): Problem {
  const entries = new Map<number, readonly [number, number, number]>();
  let state = 1;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let user = 0; user < users; user++) {
    for (let n = 0; n < 8; n++) {
      const item = Math.floor(random() ** 2 * items / 2) * 2 + user % 2;
      entries.set(user * items + item, [user, item, 1 + random()]);
    }
  }
  return problemOf(users, items, [...entries.values()]);
}

async function last(negatives: number, problem: Problem, more: Partial<SolverOptions> = {}) {
  let found: Sweep | undefined;
  for await (
    const sweep of lmfSolver({ negatives, steps: 2 }).solve(problem, { ...options, ...more })
  ) found = sweep;
  assert.ok(found);
  return found;
}

Deno.test("inclusion: about `count` rows, none without mass, all where there are no more", () => {
  const mass = fc.array(
    fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e4, noNaN: true })),
    { minLength: 1, maxLength: 50 },
  );
  fc.assert(
    fc.property(mass, fc.integer({ min: 1, max: 50 }), (of, count) => {
      const found = inclusionOf(Float64Array.from(of), count);
      const active = of.filter((value) => value > 0).length;
      const sum = found.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - Math.min(count, active)) < 1e-9, `${sum} of ${active}`);
      found.forEach((p, at) => {
        assert.ok(p <= 1 && (p > 0) === (of[at]! > 0));
        if (active <= count && p > 0) assert.equal(p, 1);
        found.forEach((q, other) => assert.ok(of[at]! < of[other]! || p >= q));
      });
    }),
    { seed: 1 },
  );
});

Deno.test("drawn negatives: the objective is estimated without bias", async () => {
  const problem = tastes(200, 160);
  const errors: number[] = [];
  for (let seed = 0; seed < 60; seed++) {
    const sweep = await last(24, problem, { seed });
    const exact = denseObjective(problem, sweep);
    errors.push((sweep.objective - exact) / exact);
  }
  const mean = errors.reduce((a, b) => a + b, 0) / errors.length;
  const deviation = Math.sqrt(errors.reduce((a, e) => a + (e - mean) ** 2, 0) / errors.length);
  assert.ok(deviation > 1e-4, "it is an estimate");
  assert.ok(deviation < 0.1, `one estimate is off by ${deviation}`);
  // Four standard errors: a bias of a few percent would show.
  assert.ok(Math.abs(mean) < 4 * deviation / Math.sqrt(errors.length), `mean error ${mean}`);
});

Deno.test("drawn negatives: nearly the optimum of all pairs, nearer with more of them", async () => {
  const problem = tastes(400, 300);
  const after = async (negatives: number) =>
    denseObjective(problem, await last(negatives, problem, { iterations: 40 }));
  const [all, many, few] = [await after(300), await after(100), await after(25)];
  assert.ok(many < all * 1.03, `${many} where all pairs give ${all}`);
  assert.ok(few < all * 1.15, `${few} where all pairs give ${all}`);
  assert.ok(many < few);
});
