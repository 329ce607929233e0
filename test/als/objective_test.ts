import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { objective } from "../../pipeline/als/objective.ts";
import { denseObjective, problemOf } from "./dense.ts";

Deno.test("objective: a worked example", () => {
  // One entry with c = 3; x = (1, 2), y_0 = (0.5, 0.25), y_1 = (1, 0): scores 1 and 1.
  // 3 (1 - 1)^2 + (0 - 1)^2 + 0.5 * 5 + 2 * 0.3125 + 3 * 1 = 7.125
  const problem = problemOf(1, 2, [[0, 0, 2]], 0.5, [2, 3]);
  const value = objective(problem, Float32Array.of(1, 2), Float32Array.of(0.5, 0.25, 1, 0), 2);
  assert.equal(value, 7.125);
});

Deno.test("objective: equals the sum over all pairs", () => {
  const cases = fc.property(
    fc.integer({ min: 1, max: 7 }),
    fc.integer({ min: 1, max: 7 }),
    fc.integer({ min: 1, max: 5 }),
    fc.infiniteStream(fc.double({ min: -2, max: 2, noNaN: true })),
    (users, items, k, numbers) => {
      const next = (): number => numbers.next().value;
      const entries: [number, number, number][] = [];
      for (let u = 0; u < users; u++) {
        for (let i = 0; i < items; i++) if (next() > 0) entries.push([u, i, 10 * Math.abs(next())]);
      }
      const problem = problemOf(users, items, entries, 0.3, 2);
      const userFactors = Float32Array.from({ length: users * k }, next);
      const itemFactors = Float32Array.from({ length: items * k }, next);
      const expected = denseObjective(problem, { userFactors, itemFactors });
      const actual = objective(problem, userFactors, itemFactors, k);
      assert.ok(Math.abs(actual - expected) <= 1e-10 * expected, `${actual} is not ${expected}`);
    },
  );
  fc.assert(cases, { seed: 1 });
});
