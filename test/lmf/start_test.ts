import assert from "node:assert/strict";
import { startSides } from "../../pipeline/lmf/start.ts";
import { problemOf } from "../als/dense.ts";

Deno.test("lmf start: rows that are new have the bias of a fresh start, the others their own", () => {
  const problem = problemOf(3, 2, [[0, 0, 2], [0, 1, 1], [1, 1, 3], [2, 0, 1]]);
  const options = { factors: 2, iterations: 1, seed: 3, threads: 1 };
  const fresh = startSides(problem, options);
  const start = {
    userFactors: Float32Array.of(0.1, 0.2, -4, 1, 0.3, 0.4, 0, 0, 0.5, 0.6, 0, 1),
    itemFactors: Float32Array.of(0.1, 0.2, 0, 0, 0.3, 0.4, 1, -2),
  };
  const { users, items } = startSides(problem, { ...options, start });
  // The third has a bias of zero, not none.
  assert.deepEqual([...users.biases], [-4, fresh.users.biases[1], 0]);
  assert.deepEqual([...items.biases], [fresh.items.biases[0], -2]);
  assert.deepEqual(users.vectors, Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6));
});
