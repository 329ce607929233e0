import type { Csr } from "../data/matrix.ts";

/**
 * The least-squares problem of implicit-feedback ALS (Hu, Koren, Volinsky 2008): minimise
 *
 *   sum_ui c_ui (p_ui - x_u . y_i)^2 + sum_u lambda_u |x_u|^2 + sum_i lambda_i |y_i|^2
 *
 * over all users x items pairs, p = 1 where there is an entry and 0 elsewhere. Logistic matrix
 * factorisation (`pipeline/lmf`) has an objective of its own in the same parts: c - 1 is its d.
 */
export interface Problem {
  /** users x items; values are the extra confidence c - 1 = alpha * f(r), never negative. */
  readonly confidence: Csr;
  /** lambda_u, one for each user, above zero. */
  readonly userLambda: Float64Array;
  /** lambda_i, one for each item, above zero. */
  readonly itemLambda: Float64Array;
}

/** Two factor matrices as a solver hands them over: row-major float32. */
export interface FactorPair {
  /** users x factors; with biases, two columns more */
  readonly userFactors: Float32Array;
  /** items x factors; with biases, two columns more */
  readonly itemFactors: Float32Array;
}

export interface SolverOptions {
  readonly factors: number;
  /** Sweeps at most. */
  readonly iterations: number;
  readonly seed: number;
  /** Worker threads; never changes a byte of the result. */
  readonly threads: number;
  /** Factors to go on from, copied, instead of random ones. */
  readonly start?: FactorPair | undefined;
  /** Bytes that a fit may take, for a solver that can be told; never changes the result. */
  readonly memory?: number | undefined;
  /** A folder for temporary files, which somebody else removes after a crash; by default the system's. */
  readonly scratch?: string | undefined;
  /** Properties of what computes elsewhere, of Spark; never change the result. */
  readonly resources?: Readonly<Record<string, string>> | undefined;
  /** Told by a solver that yields only its last sweep: how many are done. */
  progress?(done: number): void;
  /** Takes a line for the user. */
  log?(line: string): void;
  /** Checked within a sweep too; the solver then throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The state after one sweep (both sides solved once); its arrays may change with the next one. */
export interface Sweep extends FactorPair {
  /** From 1. */
  readonly sweep: number;
  /** The model's objective at these factors, in float64. */
  readonly objective: number;
  /** Where it was computed, if elsewhere: the application of a cluster. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** How large a fit is. */
export interface ProblemShape {
  readonly users: number;
  readonly items: number;
  /** Entries. */
  readonly pairs: number;
  /** Entries of the longest row of either side. */
  readonly longest: number;
  readonly factors: number;
  readonly threads: number;
}

/**
 * A solver yields once a sweep; the caller measures, reports, and stops by leaving the loop, which
 * frees workers and tensors. A row without entries gets zeros (and a low bias). Throws `RangeError` where the
 * numbers stop being finite, naming the row and the remedy.
 */
export interface Solver {
  readonly name: string;
  /** What decides the last bits of a result: backend, architecture; part of the train stage's key. */
  runtime(): Promise<Readonly<Record<string, string>>>;
  /**
   * About how many bytes `solve` takes at most beside the problem itself, so that a fit that cannot
   * succeed is refused before it begins; left out where nobody can say.
   */
  memory?(shape: ProblemShape): number;
  solve(problem: Problem, options: SolverOptions): AsyncGenerator<Sweep, void, void>;
}

/** The error of a solver whose numbers stopped being finite at `row` of the users or items. */
export function diverged(
  side: "user" | "item",
  row: number,
  sweep: number,
  lambda: number,
): RangeError {
  return new RangeError(
    `The factors of ${side} row ${row} are not finite in sweep ${sweep}, where its regularization ` +
      `is ${lambda}: raise train.lambda, or lower train.alpha or train.factors`,
  );
}
