import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { checkMemory, freeMemory, memoryOf, shapeOf } from "../../pipeline/als/memory.ts";
import { reference } from "../../pipeline/als/reference.ts";
import type { ProblemShape, Solver } from "../../pipeline/als/solver.ts";
import { loadSolver, solversOf } from "../../pipeline/als/solvers.ts";
import { problemOf } from "./dense.ts";

const shop: ProblemShape = {
  users: 1_000_000,
  items: 200_000,
  pairs: 50_000_000,
  longest: 100_000,
  factors: 64,
  threads: 2,
};

Deno.test("memory: the shape of a problem, its longest row that of either side", () => {
  const entries = [[0, 1, 1], [1, 1, 1], [2, 1, 1], [2, 2, 1]] as const;
  const { confidence } = problemOf(4, 3, entries);
  assert.deepEqual(shapeOf(confidence, { factors: 8, threads: 3 }), {
    users: 4,
    items: 3,
    pairs: 4,
    longest: 3,
    factors: 8,
    threads: 3,
  });
});

const solvers = (["als", "lmf"] as const)
  .flatMap((model) => solversOf(model).map((name) => ({ model, name })));
for (const { model, name } of solvers) {
  Deno.test(`memory: ${model} by ${name} needs more for more of anything`, async () => {
    const solver = await loadSolver(name, model);
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

  // The reference of lmf takes every pair of a user and an item: here far too long.
  if (model === "lmf" && name === "reference") continue;
  // Spark's memory is its own; what is read back of it is counted by its tests.
  if (name === "spark") continue;
  Deno.test(`memory: ${model} by ${name} takes about what it says`, async () => {
    // What garbage there is at the peak is chance: the least of five counts, the first that fits ends it.
    let least = Infinity;
    let said = NaN;
    for (let run = 0; run < 5 && !(least < 1.25 * said); run++) {
      const [peak, needed] = await peakOf(model, name);
      said = needed;
      least = Math.min(least, peak);
    }
    assert.ok(least > 0.5 * said && least < 1.25 * said, `${least} MiB, it says ${said} MiB`);
  });
}

/** MiB that a fit takes at its peak, and MiB that it says it takes. */
async function peakOf(model: string, solver: string): Promise<[peak: number, said: number]> {
  const script = new URL("peak_memory.ts", import.meta.url).pathname;
  // A process starts with the peak of the one that started it: here a shell's, which is small.
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: [
      ...["-c", '"$@"; exit $?', "sh"],
      Deno.execPath(),
      "run",
      "--v8-flags=--expose-gc",
      "--no-check",
      "--allow-read",
      "--allow-env",
      "--allow-sys",
      // TensorFlow itself, where it is built.
      "--allow-ffi",
      script,
      model,
      solver,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const [peak = NaN, said = NaN] = new TextDecoder().decode(stdout).split(" ").map(Number);
  return [peak, said];
}

Deno.test("memory: what does not fit is refused, with what would", async () => {
  const gib = 2 ** 30;
  const message = async (budget: number, shape = shop) => {
    try {
      await checkMemory(reference, shape, budget);
    } catch (error) {
      assert.ok(error instanceof RangeError);
      return error.message;
    }
    return "fits";
  };
  const needed = memoryOf(reference, shop) ?? NaN;
  assert.equal(await message(needed), "fits");
  const refused = await message(needed - 1);
  assert.match(
    refused,
    /^A fit of 1,000,000 users, 200,000 items and 50,000,000 pairs with 64 factors by "reference"/,
  );
  assert.match(refused, /needs about [\d.]+ GiB of memory, and [\d.]+ GiB are there/);
  const [, factors = ""] = /lower train\.factors to (\d+)/.exec(refused) ?? [];
  assert.equal(await message(needed - 1, { ...shop, factors: Number(factors) }), "fits");
  assert.notEqual(await message(needed - 1, { ...shop, factors: Number(factors) + 1 }), "fits");
  // With a small budget nothing is left but to give more.
  const little = await message(gib / 64);
  assert.doesNotMatch(little, /train\.factors to|train\.solver to/);
  assert.match(little, /16 MiB are there for it: give it more by train\.memory/);
  // Long rows of pairs cost the simd solver more, few factors of many users the reference.
  const wide = { ...shop, pairs: 3_000_000, longest: 1000 };
  const simd = memoryOf(await loadSolver("simd"), wide) ?? NaN;
  assert.match(await message(simd, wide), /set train\.solver to "simd" \(1\.\d+ GiB\)/);
});

Deno.test("memory: a solver that cannot say is let go; one of another kind names no other", async () => {
  const { memory: _, ...silent } = reference;
  await checkMemory(silent, shop, 1);
  const other: Solver = { ...silent, name: "other", memory: () => 1e12 };
  await assert.rejects(checkMemory(other, shop, 1e11), (error: Error) => {
    assert.doesNotMatch(error.message, /train\.solver/);
    return true;
  });
});

Deno.test("memory: the machine has some", () => {
  assert.ok(freeMemory() > 2 ** 20);
});
