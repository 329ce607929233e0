/** What a fit needs of the machine's memory: said before it begins, not when the system kills it. */
import type { Csr } from "../data/matrix.ts";
import type { ModelName } from "./biases.ts";
import type { ProblemShape, Solver } from "./solver.ts";
import { loadSolver, solversOf } from "./solvers.ts";

/** The shape of a problem to fit with so many factors on so many threads. */
export function shapeOf(
  { rows, cols, indptr, indices }: Csr,
  { factors, threads }: { readonly factors: number; readonly threads: number },
): ProblemShape {
  const perItem = new Uint32Array(cols);
  for (const item of indices) perItem[item]!++;
  let longest = perItem.reduce((a, b) => Math.max(a, b), 0);
  for (let u = 0; u < rows; u++) longest = Math.max(longest, indptr[u + 1]! - indptr[u]!);
  return { users: rows, items: cols, pairs: indices.length, longest, factors, threads };
}

/** How to go where one machine's memory does not suffice. */
const SPARK = "fit it on Spark (`deno task setup:spark` once, then " +
  "`deno task pipeline --set train.solver=spark --set train.regularization=weighted " +
  "--set train.earlyStopping=false --set 'train.spark.master=local-cluster[2,1,1024]'`: two executors " +
  "of 1 GiB on this machine, or the master of your cluster)";

/** Garbage that is not collected yet, compiled code. */
const SLACK = 1 << 24;

/**
 * Bytes that a fit takes beside its problem: the solver's own, and a copy of the factors that is kept;
 * `undefined` where the solver cannot say. Measured peaks were within a fifth of it from 400 MiB on;
 * smaller fits may take half as much, none took a quarter more.
 */
export function memoryOf(solver: Solver, shape: ProblemShape): number | undefined {
  const copy = 4 * (shape.users + shape.items) * shape.factors;
  const own = solver.memory?.(shape);
  return own === undefined ? undefined : own + copy + SLACK;
}

/**
 * Throws `RangeError` where a fit of this shape needs more than `budget` bytes, with what would help:
 * fewer factors, or a solver that needs less.
 */
export async function checkMemory(
  solver: Solver,
  shape: ProblemShape,
  budget: number,
  model: ModelName = "als",
): Promise<void> {
  const needed = memoryOf(solver, shape);
  if (needed === undefined || needed <= budget) return;
  const { users, items, pairs, factors } = shape;
  const remedies: string[] = [];
  const most = mostFactors(solver, shape, budget);
  if (most > 0) remedies.push(`lower train.factors to ${most}`);
  // Whoever is none of these minimises another objective, which they could not take over.
  const names = solversOf(model);
  const alike = names.some((name) => name === solver.name) ? names : [];
  for (const name of alike) {
    if (name === solver.name) continue;
    const other = memoryOf(await loadSolver(name, model), shape);
    if (other !== undefined && other <= budget) {
      remedies.push(
        name === "spark" ? SPARK : `set train.solver to "${name}" (${size(other)})`,
      );
    }
  }
  remedies.push("give it more by train.memory or on a larger machine");
  throw new RangeError(
    `A fit of ${count(users)} users, ${count(items)} items and ${count(pairs)} pairs with ` +
      `${factors} factors by "${solver.name}" needs about ${size(needed)} of memory, and ` +
      `${size(budget)} are there for it: ${remedies.join("; or ")}`,
  );
}

/** Bytes that the machine has to give: free, or held by caches that give way. */
export function freeMemory(): number {
  return Deno.systemMemoryInfo().available;
}

/** The most factors that fit the budget; 0 where not even one does. */
function mostFactors(solver: Solver, shape: ProblemShape, budget: number): number {
  let [fits, tooMany] = [0, shape.factors];
  while (tooMany - fits > 1) {
    const factors = (fits + tooMany) >> 1;
    if ((memoryOf(solver, { ...shape, factors }) ?? 0) <= budget) fits = factors;
    else tooMany = factors;
  }
  return fits;
}

function size(bytes: number): string {
  const [unit, name] = bytes < 2 ** 30 ? [2 ** 20, "MiB"] : [2 ** 30, "GiB"];
  return `${(bytes / unit).toLocaleString("en", { maximumSignificantDigits: 3 })} ${name}`;
}

function count(n: number): string {
  return n.toLocaleString("en");
}
