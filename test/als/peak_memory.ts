/**
 * Fits a problem of 33,000 users and 30,000 items by the model and solver named as the arguments, in a
 * process of its own, and prints the MiB that it took at its peak and those that it said it would take.
 */
import process from "node:process";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { fitProblem } from "../../pipeline/als/fit.ts";
import { memoryOf, shapeOf } from "../../pipeline/als/memory.ts";
import { loadSolver, solversOf } from "../../pipeline/als/solvers.ts";
import { csrFromEntries } from "../../pipeline/data/matrix.ts";

const MIB = 2 ** 20;
const [USERS, ITEMS, FACTORS] = [33_000, 30_000, 32];

const model = Deno.args[0] === "lmf" ? "lmf" : "als";
const name = solversOf(model).find((each) => each === Deno.args[1]);
if (name === undefined) throw new TypeError(`Name one of ${solversOf(model).join(", ")}`);
const random = xoroshiro128plus(1);
const user: number[] = [];
const item: number[] = [];
for (let u = 0; u < USERS; u++) {
  const items = Array.from({ length: 8 }, () => Math.floor(ITEMS * uniformFloat64(random) ** 3));
  for (const i of new Set(items)) {
    user.push(u);
    item.push(i);
  }
}
const confidence = csrFromEntries(USERS, ITEMS, user, item);
confidence.values.fill(30);
const lambda = (n: number) => new Float64Array(n).fill(100);
const problem = { confidence, userLambda: lambda(USERS), itemLambda: lambda(ITEMS) };
const solver = await loadSolver(name, model);
await solver.runtime();

// What building the problem left behind is collected now, not at some moment of the fit.
const collect: unknown = Reflect.get(globalThis, "gc");
if (typeof collect === "function") collect();
const before = Deno.memoryUsage().rss / MIB;
const params = { model, solver: name, factors: FACTORS, iterations: 2, seed: 1 } as const;
await fitProblem(problem, params, { threads: 2, validate: () => 1 });
const said = memoryOf(solver, shapeOf(confidence, { factors: FACTORS, threads: 2 })) ?? NaN;
const line = `${Math.round(peak() - before)} ${Math.round(said / MIB)}\n`;
Deno.stdout.writeSync(new TextEncoder().encode(line));
Deno.exit(0);

/** The most that was resident since the process began, in MiB. The system notes it: no peak is too short for it. */
function peak(): number {
  const { maxRSS } = process.resourceUsage();
  // In KiB, but some systems count bytes: those are no less than what is resident now.
  return maxRSS < Deno.memoryUsage().rss ? maxRSS / 2 ** 10 : maxRSS / MIB;
}
