import assert from "node:assert/strict";
import fc from "fast-check";
import { checkMemory, memoryOf, shapeOf } from "../../pipeline/als/memory.ts";
import type { ProblemShape } from "../../pipeline/als/solver.ts";
import { loadSolver, solversOf } from "../../pipeline/als/solvers.ts";
import { bytesOf, openMemory } from "../../pipeline/lmf/memory.ts";
import { startSides } from "../../pipeline/lmf/start.ts";
import { problemOf } from "../als/dense.ts";

for (const name of solversOf("lmf")) {
  Deno.test(`lmf memory: ${name} needs more for more of anything`, async () => {
    const solver = await loadSolver(name, "lmf");
    const size = fc.integer({ min: 1, max: 100_000 });
    const shapes = fc.record({
      users: size,
      items: size,
      pairs: size,
      longest: size,
      factors: fc.integer({ min: 1, max: 1000 }),
      threads: fc.integer({ min: 1, max: 8 }),
    });
    const key = fc.constantFrom("users", "items", "pairs", "longest", "factors", "threads");
    const cases = fc.property(shapes, key, (shape, key) => {
      const less = memoryOf(solver, shape);
      const more = memoryOf(solver, { ...shape, [key]: shape[key] + 100 });
      assert.ok(less !== undefined && more !== undefined && more >= less && less > 0);
    });
    fc.assert(cases, { seed: 1 });
  });
}

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
