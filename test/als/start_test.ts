import assert from "node:assert/strict";
import { startFactors } from "../../pipeline/als/start.ts";
import { problemOf } from "./dense.ts";

const options = { factors: 16, iterations: 1, seed: 3, threads: 1 };

Deno.test("start: users and items without entries at zero, other items spread by the seed", () => {
  const entries = Array.from({ length: 400 }, (_, item) => [item % 2, item, 1] as const);
  const problem = problemOf(2, 401, entries);
  const { userFactors, itemFactors } = startFactors(problem, options);
  assert.deepEqual(userFactors, new Float32Array(2 * 16));
  assert.deepEqual(itemFactors.subarray(400 * 16), new Float32Array(16));
  const bought = itemFactors.subarray(0, 400 * 16);
  const mean = bought.reduce((sum, v) => sum + v, 0) / bought.length;
  const variance = bought.reduce((sum, v) => sum + v * v, 0) / bought.length;
  assert.ok(Math.abs(mean) < 0.02, `mean ${mean}`);
  assert.ok(Math.abs(variance * 16 - 1) < 0.1, `variance ${variance}`);
  assert.deepEqual(startFactors(problem, options).itemFactors, itemFactors);
  assert.notDeepEqual(startFactors(problem, { ...options, seed: 4 }).itemFactors, itemFactors);
});

Deno.test("start: factors to go on from are copied", () => {
  const start = {
    userFactors: new Float32Array(16).fill(1),
    itemFactors: new Float32Array(16).fill(2),
  };
  const { userFactors, itemFactors } = startFactors(problemOf(1, 1, [[0, 0, 1]]), {
    ...options,
    start,
  });
  assert.deepEqual({ userFactors, itemFactors }, start);
  userFactors.fill(0);
  itemFactors.fill(0);
  assert.deepEqual([start.userFactors[0], start.itemFactors[0]], [1, 2]);
});
