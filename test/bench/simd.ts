/**
 * Objective against milliseconds of the simd solver, everything included (threads, copies, start), on
 * purchases made up from a seed:
 *
 *   deno run --allow-read test/bench/simd.ts [--users 33000] [--items 30000] [--pairs 600000]
 *     [--factors 64] [--sweeps 10] [--threads 2] [--runs 5] [--steps 2] [--momentum 0.7] [--start svd]
 *
 * alpha 30, lambda 100. Ends with the median over the runs of the milliseconds to each sweep and with
 * a digest of the factors, which must not change with --threads.
 */
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { fastest, simdSolver } from "../../pipeline/als/simd.ts";
import type { Problem } from "../../pipeline/als/solver.ts";
import { csrFromEntries } from "../../pipeline/data/matrix.ts";

const text = (value: string) => ({ type: "string", default: value }) as const;
const { values: args } = parseArgs({
  options: {
    users: text("33000"),
    items: text("30000"),
    pairs: text("600000"),
    factors: text("64"),
    sweeps: text("10"),
    threads: text("2"),
    runs: text("5"),
    steps: text(String(fastest.steps)),
    momentum: text(String(fastest.momentum)),
    start: text(fastest.start),
  },
});

/** Users of unlike activity buy popular items, most of them in a few of 60 categories. */
function purchases(users: number, items: number, pairs: number): Problem {
  const random = xoroshiro128plus(1);
  const uniform = () => uniformFloat64(random);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  // An item's place in its order of popularity: about a power law. Its category: by the place.
  const popular = (n: number) => Math.floor(n * uniform() ** 3);
  const activity = Float64Array.from({ length: users }, () => Math.exp(normal()));
  const scale = pairs * 1.2 / activity.reduce((a, b) => a + b);
  const row: number[] = [];
  const column: number[] = [];
  for (let u = 0; u < users; u++) {
    const liked = [popular(60), popular(60), popular(60)];
    const seen = new Set<number>();
    for (let n = Math.max(3, activity[u]! * scale); n > 0; n--) {
      const category = liked[popular(3)]!;
      const inCategory = category + 60 * popular(Math.ceil((items - category) / 60));
      seen.add(uniform() < 0.25 ? popular(items) : inCategory);
    }
    for (const item of seen) {
      row.push(u);
      column.push(item);
    }
  }
  const confidence = csrFromEntries(users, items, row, column);
  confidence.values.fill(30);
  const lambda = (n: number) => new Float64Array(n).fill(100);
  return { confidence, userLambda: lambda(users), itemLambda: lambda(items) };
}

const problem = purchases(Number(args.users), Number(args.items), Number(args.pairs));
const solver = simdSolver({
  steps: Number(args.steps),
  momentum: Number(args.momentum),
  packed: fastest.packed,
  start: args.start === "random" ? "random" : "svd",
});
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
say(`${problem.confidence.indices.length} pairs, ${args.factors} factors, ${args.threads} threads`);

const times: number[][] = [];
const objectives: number[] = [];
let digest = "";
for (let run = 0; run < Number(args.runs); run++) {
  const began = performance.now();
  const options = {
    factors: Number(args.factors),
    iterations: Number(args.sweeps),
    threads: Number(args.threads),
    seed: 1,
  };
  for await (
    const { sweep, objective, userFactors, itemFactors } of solver.solve(problem, options)
  ) {
    (times[sweep - 1] ??= []).push(performance.now() - began);
    objectives[sweep - 1] = objective;
    if (sweep < options.iterations) continue;
    const hash = createHash("sha256");
    for (const { buffer, byteOffset, byteLength } of [userFactors, itemFactors]) {
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
    digest = hash.digest("hex");
  }
}
times.forEach((of, at) => {
  const median = of.sort((a, b) => a - b)[of.length >> 1]!;
  say(`sweep ${at + 1}: ${objectives[at]!.toFixed(0)} after ${median.toFixed(0)} ms`);
});
say(`factors sha256:${digest}`);
