/** What only the simd solver has: two ways to hold the fixed side. */
import assert from "node:assert/strict";
import { objective } from "../../pipeline/als/objective.ts";
import { fastest, type Method, simdSolver } from "../../pipeline/als/simd.ts";
import type { Problem, Sweep } from "../../pipeline/als/solver.ts";
import { problemOf } from "./dense.ts";

/** 900 users buy among 700 items, about 30 each, more often the popular ones of their group. */
function shop(lambda: number | readonly number[] = 20): Problem {
  const entries: [number, number, number][] = [];
  for (let user = 0; user < 900; user++) {
    const seen = new Set<number>();
    for (let n = 0; n < 40; n++) {
      const hash = Math.imul(user * 40 + n + 1, 0x9e3779b1) >>> 8;
      const popular = Math.floor(((hash % 997) / 997) ** 2 * 100);
      seen.add(n % 4 === 0 ? hash % 700 : (popular + 70 * (user % 9)) % 700);
    }
    for (const item of seen) entries.push([user, item, 1 + (user + item) % 30]);
  }
  return problemOf(900, 700, entries, lambda, lambda);
}

async function fit(method: Partial<Method>, problem: Problem, threads = 2): Promise<Sweep> {
  const solver = simdSolver({ ...fastest, ...method });
  let last: Sweep | undefined;
  for await (
    const sweep of solver.solve(problem, { factors: 24, iterations: 8, seed: 3, threads })
  ) {
    const { userFactors, itemFactors } = sweep;
    last = { ...sweep, userFactors: userFactors.slice(), itemFactors: itemFactors.slice() };
  }
  assert.ok(last);
  return last;
}

Deno.test("simd: half the bytes for the fixed side cost less than a ten-thousandth of the objective", async () => {
  const problem = shop();
  const whole = await fit({ packed: "never" }, problem);
  const half = await fit({ packed: "always" }, problem);
  assert.notDeepEqual(half.userFactors, whole.userFactors);
  const off = Math.abs(half.objective - whole.objective) / whole.objective;
  assert.ok(off < 1e-4, `off by ${off}`);
  for (const sweep of [whole, half]) {
    const exact = objective(problem, sweep.userFactors, sweep.itemFactors, 24);
    const error = Math.abs(sweep.objective - exact) / exact;
    assert.ok(error < 1e-4, `the objective it reports is off by ${error}`);
  }
});

Deno.test("simd: packed factors give the same bytes at any number of threads", async () => {
  const problem = shop();
  const once = await fit({ packed: "always" }, problem, 1);
  for (const threads of [2, 3, 8]) {
    assert.deepEqual(await fit({ packed: "always" }, problem, threads), once);
  }
});

Deno.test("simd: more steps a sweep come as low in fewer sweeps", async () => {
  const [two, four] = [await fit({ steps: 2 }, shop()), await fit({ steps: 4 }, shop())];
  assert.ok(four.objective < two.objective, `${four.objective} is not below ${two.objective}`);
});
