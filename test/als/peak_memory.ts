/**
 * Fits a problem of 33,000 users and 30,000 items by the solver named as the argument, in a process of
 * its own, and prints the MiB that it took at its peak and those that it said it would take. Linux.
 */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { fitProblem } from "../../pipeline/als/fit.ts";
import { memoryOf, shapeOf } from "../../pipeline/als/memory.ts";
import { loadSolver, solverNames } from "../../pipeline/als/solvers.ts";
import { csrFromEntries } from "../../pipeline/data/matrix.ts";

const MIB = 2 ** 20;
const [USERS, ITEMS, FACTORS] = [33_000, 30_000, 32];

const name = solverNames.find((each) => each === Deno.args[0]);
if (name === undefined) throw new TypeError(`Name one of ${solverNames.join(", ")}`);
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
const solver = await loadSolver(name);
await solver.runtime();

// The peak counts from now.
Deno.writeTextFileSync("/proc/self/clear_refs", "5");
const before = mebibytes("VmRSS");
const params = { solver: name, factors: FACTORS, iterations: 2, seed: 1 };
await fitProblem(problem, params, { threads: 2, validate: () => 1 });
const said = memoryOf(solver, shapeOf(confidence, { factors: FACTORS, threads: 2 })) ?? NaN;
const line = `${Math.round(mebibytes("VmHWM") - before)} ${Math.round(said / MIB)}\n`;
Deno.stdout.writeSync(new TextEncoder().encode(line));
Deno.exit(0);

function mebibytes(key: string): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? NaN) / 1024;
}
