/**
 * Implicit-feedback ALS by Spark's MLlib: for what the memory of one machine cannot fit. MLlib weighs
 * lambda by a row's entries, so that is the one objective it shares with the other solvers; it solves
 * every row exactly, and says nothing of its sweeps but the last.
 */
import { join } from "node:path";
import { z } from "zod";
import { objective } from "../objective.ts";
import { freeMemory } from "../memory.ts";
import type { Problem, Solver, SolverOptions, Sweep } from "../solver.ts";
import { checkProblem } from "../start.ts";
import type { Csr } from "../../data/matrix.ts";
import { readFactors, writePairs } from "./exchange.ts";
import { HOME, local, SUBMIT, submit } from "./submit.ts";

/** Entries of a block at most, so that a block fits an executor of 1 GiB. */
const PAIRS_PER_BLOCK = 2_000_000;

/** MLlib's own default; more parts cost more than they spread. */
const FEWEST_BLOCKS = 10;

/** A property of Spark that is ours: the folder that all executors reach. */
const FOLDER = "spark.recommender.folder";

const manifestSchema = z.object({ spark: z.string(), java: z.string() });

/** The solver by the spark-submit at `program`. */
export function sparkSolver(home: string = HOME, program: string = SUBMIT): Solver {
  return {
    name: "spark",
    async runtime() {
      const { spark } = await installed(home);
      return { spark };
    },
    solve: (problem, options) => solve(program, problem, options),
    /** Here: one file of pairs as it is written, the factors as they are read and copied. */
    memory({ users, items, factors }) {
      return (1 << 27) + 3 * 4 * (users + items) * factors;
    },
  };
}

export const spark: Solver = sparkSolver();

async function* solve(
  program: string,
  problem: Problem,
  options: SolverOptions,
): AsyncGenerator<Sweep, void, void> {
  checkProblem(problem, options);
  const lambda = lambdaOf(problem);
  if (options.start !== undefined) {
    throw new RangeError(
      `Spark's MLlib cannot start from given factors: set train.init to "fresh", or another train.solver`,
    );
  }
  const { confidence } = problem;
  const { factors, iterations, seed, signal, scratch, resources = {} } = options;
  const { [FOLDER]: dir = scratch, ...conf } = resources;
  const folder = await Deno.makeTempDir({
    prefix: "recommender-spark-",
    ...(dir === undefined ? {} : { dir }),
  });
  try {
    await writePairs(join(folder, "pairs"), confidence, signal);
    const blocks = Math.max(FEWEST_BLOCKS, Math.ceil(confidence.indices.length / PAIRS_PER_BLOCK));
    const order = { folder, factors, iterations, lambda, seed, blocks, parent: Deno.pid };
    const { application, spark, master } = await submit(order, {
      conf: { ...defaults(conf["spark.master"] ?? "local[*]", blocks, options.memory), ...conf },
      signal,
      program,
      sweep: (done) => options.progress?.(done),
    });
    options.log?.(`Spark ${spark} at ${master} fitted it as ${application}`);
    const read = (side: string, entries: Uint32Array) => {
      const present = entries.reduce((sum, n) => sum + (n > 0 ? 1 : 0), 0);
      return readFactors(join(folder, side), { rows: entries.length, factors, present });
    };
    const { perUser, perItem } = entriesOf(confidence);
    const userFactors = await read("user", perUser);
    const itemFactors = await read("item", perItem);
    const loss = objective(problem, userFactors, itemFactors, factors);
    if (!Number.isFinite(loss)) {
      throw new RangeError(
        `Spark's factors are not finite: raise train.lambda, or lower train.alpha or train.factors`,
      );
    }
    const facts = { spark, application, master };
    yield { sweep: iterations, objective: loss, userFactors, itemFactors, facts };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Properties that the user's own go over. */
function defaults(master: string, blocks: number, memory = Infinity): Record<string, string> {
  const driver = Math.max(512, Math.floor(Math.min(memory, freeMemory() / 2) / 2 ** 20));
  return {
    "spark.master": master,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": String(blocks),
    // Alone on this machine, the driver does all the work. Spark starts with no less than 471 MiB.
    ...(/^local\b(?!-cluster)/.test(master) ? { "spark.driver.memory": `${driver}m` } : {}),
    ...(local(master)
      ? { "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1" }
      : {}),
  };
}

/**
 * The lambda of a problem whose regularization is "weighted": that times a row's entries. Throws
 * `RangeError` where it is another.
 */
export function lambdaOf({ confidence, userLambda, itemLambda }: Problem): number {
  const { perUser, perItem } = entriesOf(confidence);
  let lambda: number | undefined;
  const check = (n: number, of: number) => {
    if (n === 0) return;
    lambda ??= of / n;
    if (Math.abs(of - lambda * n) <= 1e-9 * of) return;
    throw new RangeError(
      `Spark's MLlib minimises the objective whose regularization is lambda times a row's entries, ` +
        `and this one's is another: set train.regularization to "weighted" (and train.lambda anew), ` +
        `or another train.solver`,
    );
  };
  perUser.forEach((n, u) => check(n, userLambda[u]!));
  perItem.forEach((n, i) => check(n, itemLambda[i]!));
  return lambda ?? 1;
}

/** How many entries each user and each item has. */
function entriesOf({ rows, cols, indptr, indices }: Csr) {
  const perUser = new Uint32Array(rows).map((_, u) => indptr[u + 1]! - indptr[u]!);
  const perItem = new Uint32Array(cols);
  for (const item of indices) perItem[item]!++;
  return { perUser, perItem };
}

/** What setup:spark says of the Spark that is here. Throws `Error` with the remedy where none is. */
async function installed(home: string): Promise<z.infer<typeof manifestSchema>> {
  const path = join(home, "manifest.json");
  try {
    return manifestSchema.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      'train.solver is "spark" and there is no Spark here: run `deno task setup:spark`, or set another ' +
        "train.solver",
      { cause: error },
    );
  }
}
