import assert from "node:assert/strict";
import { checkMemory, shapeOf } from "../../pipeline/als/memory.ts";
import type { ProblemShape } from "../../pipeline/als/solver.ts";
import { loadSolver } from "../../pipeline/als/solvers.ts";
import { bytesOf, openMemory } from "../../pipeline/lmf/memory.ts";
import { startSides } from "../../pipeline/lmf/start.ts";
import { problemOf } from "../als/dense.ts";

Deno.test("lmf memory: what is said beforehand covers what the kernels take, and not much more", async () => {
  for (
    const [users, items, factors, threads, negatives] of [
      [3000, 2000, 64, 1, 512],
      [300, 5000, 20, 3, 64],
      [5000, 40, 100, 2, 1024],
    ] as const
  ) {
    const entries = Array.from({ length: users * 8 }, (_, n) => {
      const user = n >> 3;
      return [user, (n * 7 + user) % items, 1] as const;
    });
    const unique = new Map(entries.map((entry) => [entry[0] * items + entry[1], entry]));
    const problem = problemOf(users, items, [...unique.values()]);
    const options = { factors, threads, iterations: 1, seed: 1 };
    const memory = await openMemory(problem, startSides(problem, options), negatives, options);
    using _ = memory.pool;
    const taken = memory.pool.memory.buffer.byteLength;
    const said = bytesOf(shapeOf(problem.confidence, { factors, threads }), negatives);
    assert.ok(said >= taken && said < 3 * taken + threads * 2 ** 23, `${said} for ${taken}`);
  }
});

Deno.test("lmf memory: a fit that needs too much is refused, with solvers of its own model only", async () => {
  const shop: ProblemShape = {
    users: 1_000_000,
    items: 200_000,
    pairs: 50_000_000,
    longest: 100_000,
    factors: 64,
    threads: 2,
  };
  const solver = await loadSolver("simd", "lmf");
  await assert.rejects(checkMemory(solver, shop, 1.9e9, "lmf"), (error) => {
    assert.ok(error instanceof RangeError);
    assert.match(error.message, /lower train\.factors to \d+/);
    assert.doesNotMatch(error.message, /tfjs/);
    return true;
  });
});
