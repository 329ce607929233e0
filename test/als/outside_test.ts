/** Fits whose factors and pairs lie outside of the kernels' memory: the same bytes as inside. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "../support/fast_check.ts";
import { fastest, type Method, simdSolver } from "../../pipeline/als/simd.ts";
import { layOut, needed } from "../../pipeline/als/simd_layout.ts";
import type { Problem, SolverOptions } from "../../pipeline/als/solver.ts";
import { startFactors } from "../../pipeline/als/start.ts";
import { problemOf } from "./dense.ts";

const options: SolverOptions = { factors: 24, iterations: 4, seed: 3, threads: 2 };

/** Users buy about ten items each, more often the first ones; every seventh user and item has nothing. */
function shop(users: number, items: number, lambda: (row: number) => number): Problem {
  const entries: [number, number, number][] = [];
  for (let user = 0; user < users; user++) {
    if (user % 7 === 6) continue;
    const seen = new Set<number>();
    for (let n = 0; n < 12; n++) {
      const hash = Math.imul(user * 12 + n + 1, 0x9e3779b1) >>> 8;
      seen.add(Math.floor(((hash % 997) / 997) ** 2 * items));
    }
    for (const item of seen) {
      if (item % 7 !== 6) entries.push([user, item, 1 + (user + item) % 30]);
    }
  }
  const lambdas = (n: number) => Array.from({ length: n }, (_, row) => lambda(row));
  return problemOf(users, items, entries, lambdas(users), lambdas(items));
}

const wide = shop(700, 400, () => 20);

/** Memory that is not enough for everything: it leaves no room to the kernels' scratch. */
function tooLittle(
  problem: Problem,
  { factors, threads }: SolverOptions,
  packed: Method["packed"] = "never",
): number {
  return layOut(problem, factors, threads, { packed }, () => 0).bytes;
}

/** A sweep without its factors, which are too large to print where they differ. */
interface Digest {
  readonly sweep: number;
  readonly objective: number;
  /** Of the factors' bytes. */
  readonly users: string;
  readonly items: string;
}

async function fit(
  where: "inside" | "outside",
  problem: Problem,
  method: Partial<Method> = {},
  changed: Partial<SolverOptions> = {},
): Promise<Digest[]> {
  const all = { ...options, ...changed };
  const inside = where === "inside" ? undefined : tooLittle(problem, all, method.packed);
  const solver = simdSolver({ ...fastest, packed: "never", inside, ...method });
  const sweeps: Digest[] = [];
  for await (const { sweep, objective, userFactors, itemFactors } of solver.solve(problem, all)) {
    assert.ok(userFactors.some((value) => value !== 0));
    const [users, items] = [digest(userFactors), digest(itemFactors)];
    sweeps.push({ sweep, objective, users, items });
  }
  return sweeps;
}

function digest(factors: Float32Array): string {
  return createHash("sha256").update(new Uint8Array(factors.slice().buffer)).digest("hex");
}

async function same(
  problem: Problem,
  method: Partial<Method> = {},
  changed: Partial<SolverOptions> = {},
): Promise<Digest[]> {
  const inside = await fit("inside", problem, method, changed);
  assert.deepEqual(await fit("outside", problem, method, changed), inside);
  return inside;
}

Deno.test("outside: the layout is what the limit makes it", () => {
  const lay = (inside?: number) => layOut(wide, 24, 2, { packed: "never", inside }, () => 1000);
  const whole = lay();
  assert.deepEqual([whole.outside.length, whole.staging.bytes], [0, 0]);
  assert.equal(lay(whole.bytes).outside.length, 0);
  const parted = lay(whole.bytes - 1);
  assert.equal(parted.outside.length, 8);
  assert.ok(parted.bytes < whole.bytes);
  assert.equal(lay(parted.bytes).bytes, parted.bytes);
  assert.throws(() => lay(parted.bytes - 1), {
    name: "RangeError",
    message:
      /A fit of 700 users.*24 factors on 2 threads, its pairs and factors outside, needs \d MiB.*lower train\.factors/,
  });
});

Deno.test("outside: the same bytes as inside, at any number of threads", async () => {
  const once = await same(wide, {}, { threads: 1 });
  for (const threads of [2, 3, 8]) {
    assert.deepEqual(await fit("outside", wide, {}, { threads }), once);
  }
});

Deno.test("outside: for any shape, start, number of factors and regularization", async () => {
  const cases = fc.record({
    users: fc.integer({ min: 150, max: 400 }),
    items: fc.integer({ min: 150, max: 400 }),
    factors: fc.integer({ min: 1, max: 40 }),
    spread: fc.constantFrom(0, 3),
    packed: fc.constantFrom<Method["packed"]>("always", "never"),
    start: fc.constantFrom<Method["start"]>("svd", "random"),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ users, items, factors, spread, ...method }) => {
      const problem = shop(users, items, (row) => 2 + spread * (row % 5));
      await same(problem, method, { factors, iterations: 2 });
    }),
    { seed: 1, numRuns: 12 },
  );
});

Deno.test("outside: going on from given factors, padded or not", async () => {
  for (const factors of [10, 16]) {
    const start = startFactors(wide, { ...options, factors, seed: 8 });
    await same(wide, {}, { factors, start });
  }
});

Deno.test("outside: extrapolated too far, it goes back as inside", async () => {
  const sweeps = await same(wide, { momentum: 6, start: "random" }, { iterations: 8 });
  for (const [at, { objective }] of sweeps.entries()) {
    assert.ok(at === 0 || objective <= sweeps[at - 1]!.objective, "no sweep is kept that rose");
  }
});

Deno.test("outside: an abort ends a fit in the middle, and leaves nothing behind", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const sweeps: number[] = [];
  await assert.rejects(async () => {
    const solver = simdSolver({ ...fastest, packed: "never", inside: tooLittle(wide, options) });
    const endless = { ...options, iterations: 1e6, signal: stop.signal };
    for await (const { sweep } of solver.solve(wide, endless)) {
      sweeps.push(sweep);
      if (sweep === 2) setTimeout(() => stop.abort(reason), 20);
    }
  }, reason);
  assert.ok(sweeps.length >= 2);
});

Deno.test("outside: what a fit needs grows on across the limit, and by what threads copy", () => {
  const shape = { users: 2e6, items: 3e5, pairs: 6e7, longest: 2e5, factors: 64, threads: 1 };
  const gib = (change: Partial<typeof shape>) => needed({ ...shape, ...change }) / 2 ** 30;
  assert.ok(gib({}) < 4 && gib({ factors: 192 }) > 4);
  const thread = (factors: number) => gib({ factors, threads: 2 }) - gib({ factors });
  assert.ok(thread(192) > 2 * thread(64), "copies of blocks");
});
