import type { Factors } from "../data/formats.ts";
import type { Interactions } from "../data/interactions.ts";
import type { ModelName } from "./biases.ts";
import type { History } from "./history.ts";
import { checkMemory, shapeOf } from "./memory.ts";
import type { FactorPair, Problem } from "./solver.ts";
import { loadSolver, type SolverName } from "./solvers.ts";
import { appendTrend, trendOf, type TrendParams } from "./trend.ts";
import { buildProblem, type RegularizationParams, type WeightParams } from "./weights.ts";

/** What decides a fit: the params of the train stage, `train` in the config without `threads`. */
export interface FitParams extends WeightParams, RegularizationParams {
  /** als (default): implicit-feedback ALS. lmf: logistic matrix factorisation. */
  readonly model?: ModelName | undefined;
  /** What fits: each of a model has the same objective, at its own speed. */
  readonly solver: SolverName;
  /** Length of the vector of a user or an item. */
  readonly factors: number;
  /** Sweeps at most. */
  readonly iterations: number;
  /** Of the random start. */
  readonly seed: number;
  /** The column of recent popularity that is appended after training; null: none. */
  readonly trend: TrendParams | null;
}

/** What a fit may be told beside its params: effects, and when to stop. */
export interface FitOptions {
  /** How many sweeps, instead of `params.iterations`. */
  readonly sweeps?: number | undefined;
  /**
   * Called after every sweep: the larger the better. The best sweep's factors are returned, of equal
   * ones the earlier, and the fit ends after `patience` sweeps that were no better.
   */
  readonly validate?: ((factors: Factors) => number | Promise<number>) | undefined;
  /** Default 3. */
  readonly patience?: number | undefined;
  /** An engine's `Reporter` will do. */
  readonly report?: {
    progress(done: number, total: number, unit: string, note?: string): void;
    log?(line: string): void;
  } | undefined;
  /** Ends the fit between two steps. */
  readonly signal?: AbortSignal | undefined;
  /** Worker threads; default one a core. Never changes a byte of the result. */
  readonly threads?: number | undefined;
  /** Bytes of memory that the solver may take, the problem not counted; default any number. */
  readonly memory?: number | undefined;
  /** A folder for temporary files; by default one of the system's. */
  readonly scratch?: string | undefined;
  /** Properties of what computes elsewhere, of Spark. Never change a byte of the result. */
  readonly resources?: Readonly<Record<string, string>> | undefined;
  /** Factors to go on from instead of random ones; with the biases of lmf, without the trend. */
  readonly start?: Factors | undefined;
}

/**
 * Fits users x factors and items x factors to the interactions; lmf has two columns of biases behind
 * them, and a trend is one more, which `validate` is given too. Throws `RangeError` where there is
 * nothing to fit, a value is out of range, times that are needed are missing, the memory would not
 * suffice, or the numbers stop being finite (the message has the remedy), and the signal's reason when
 * it is aborted.
 */
export async function fit(
  interactions: Interactions,
  params: FitParams,
  options: FitOptions = {},
): Promise<{ readonly factors: Factors; readonly history: History }> {
  const problem = buildProblem(interactions, params);
  if (params.trend === null) return await fitProblem(problem, params, options);
  const trend = trendOf(interactions, params.trend);
  const { validate } = options;
  const { factors, history } = await fitProblem(problem, params, {
    ...options,
    validate: validate && ((learned) => validate(appendTrend(learned, trend))),
  });
  return { factors: appendTrend(factors, trend), history };
}

/** `fit` of a problem that is built already, without a trend. */
export async function fitProblem(
  problem: Problem,
  params: Pick<FitParams, "model" | "solver" | "factors" | "iterations" | "seed">,
  options: FitOptions = {},
): Promise<{ readonly factors: Factors; readonly history: History }> {
  const { validate, patience = 3, report, signal, start } = options;
  const { factors, seed } = params;
  const iterations = options.sweeps ?? params.iterations;
  const threads = options.threads ?? navigator.hardwareConcurrency;
  const solver = await loadSolver(params.solver, params.model);
  if (options.memory !== undefined) {
    const size = shapeOf(problem.confidence, { factors, threads });
    await checkMemory(solver, size, options.memory, params.model);
  }
  const shape = { rows: problem.confidence.rows, items: problem.confidence.cols };

  const sweeps: History["sweeps"] = [];
  let best: Factors | undefined;
  let bestValue = -Infinity;
  let chosen = 0;
  let stopped: History["stopped"] = "iterations";
  report?.progress(0, iterations, "sweep");
  const solverOptions = {
    factors,
    iterations,
    seed,
    threads,
    signal,
    memory: options.memory,
    scratch: options.scratch,
    resources: options.resources,
    progress: (done: number) => report?.progress(done, iterations, "sweep"),
    log: (line: string) => report?.log?.(line),
    start: start && { userFactors: start.user.data, itemFactors: start.item.data },
  };
  let facts: History["facts"];
  for await (const sweep of solver.solve(problem, solverOptions)) {
    const current = view(sweep, shape);
    facts = sweep.facts;
    const validation = validate ? await validate(current) : null;
    sweeps.push({ objective: sweep.objective, validation });
    const value = validation ?? sweep.sweep;
    if (value > bestValue) {
      bestValue = value;
      chosen = sweep.sweep;
      // Only a validated fit may go back to an earlier sweep; any other keeps the last one.
      if (validate || sweep.sweep === iterations) best = copy(current);
    }
    report?.progress(sweep.sweep, iterations, "sweep", note(sweep.objective, validation));
    if (validate && sweep.sweep - chosen >= patience) {
      if (sweep.sweep < iterations) stopped = "validation";
      break;
    }
  }
  if (best === undefined) {
    throw new RangeError(
      `Of ${sweeps.length} sweeps none has a validation figure that is a number: nothing to choose`,
    );
  }
  const history = {
    ...{ sweeps, chosen, stopped, solver: solver.name },
    runtime: await solver.runtime(),
    ...(facts === undefined ? {} : { facts }),
  };
  return { factors: best, history };
}

function note(objective: number, validation: number | null): string {
  const loss = `objective ${objective.toPrecision(6)}`;
  return validation === null ? loss : `${loss}, validation ${validation.toFixed(4)}`;
}

function view(
  { userFactors, itemFactors }: FactorPair,
  { rows, items }: { rows: number; items: number },
): Factors {
  return {
    user: { rows, cols: userFactors.length / rows, data: userFactors },
    item: { rows: items, cols: itemFactors.length / items, data: itemFactors },
  };
}

function copy({ user, item }: Factors): Factors {
  return {
    user: { ...user, data: user.data.slice() },
    item: { ...item, data: item.data.slice() },
  };
}
