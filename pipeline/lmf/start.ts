/** What every solver of logistic matrix factorisation does before its first sweep. */
import type { Csr } from "../data/matrix.ts";
import { BIAS_COLUMNS } from "../als/biases.ts";
import type { Problem, SolverOptions } from "../als/solver.ts";
import { checkProblem, startFactors } from "../als/start.ts";
import { type BiasedRows, splitColumns } from "./columns.ts";

/** A side before the first sweep; the arrays are the caller's to change. */
export interface StartSide extends BiasedRows {
  readonly vectors: Float32Array;
  readonly biases: Float32Array;
  /** rows; sum of the row's weights d. */
  readonly mass: Float64Array;
}

/**
 * Both sides before the first sweep: taken from `options.start` (rows x (factors + 2)), or users at
 * zero, items uniform around it as `startFactors` has them, and biases by which each row's expected
 * purchases are its own, all vectors being zero: e^(b_u + b_i) = mass_u mass_i / mass. A row of the
 * start that has a 0 where its 1 belongs is new: that is its bias too.
 *
 * Throws `RangeError` where the parts of the problem or the start do not fit one another, or where no
 * purchase has any weight.
 */
export function startSides(
  problem: Problem,
  options: SolverOptions,
): { readonly users: StartSide; readonly items: StartSide } {
  const { confidence: { rows, cols } } = problem;
  const { factors, start } = options;
  checkProblem(problem, options);
  const mass = masses(problem.confidence);
  const total = mass.user.reduce((a, b) => a + b, 0);
  if (total === 0) {
    throw new RangeError("No purchase has a weight above zero: raise train.alpha");
  }
  const side = (of: Float64Array, { vectors, biases }: Pick<StartSide, "vectors" | "biases">) => ({
    vectors,
    biases,
    mass: of,
    active: Uint8Array.from(of, (value) => value > 0 ? 1 : 0),
  });
  const biases = (of: Float64Array) =>
    Float32Array.from(of, (value) => value > 0 ? Math.log(value) - Math.log(total) / 2 : 0);
  const [userBiases, itemBiases] = [biases(mass.user), biases(mass.item)];
  if (start) {
    checkStart("userFactors", start.userFactors.length, rows, factors);
    checkStart("itemFactors", start.itemFactors.length, cols, factors);
    return {
      users: side(mass.user, goOn(start.userFactors, factors, factors, userBiases)),
      items: side(mass.item, goOn(start.itemFactors, factors, factors + 1, itemBiases)),
    };
  }
  const { userFactors, itemFactors } = startFactors(problem, options);
  return {
    users: side(mass.user, { vectors: userFactors, biases: userBiases }),
    items: side(mass.item, { vectors: itemFactors, biases: itemBiases }),
  };
}

/** The rows of a start, those that are new with the biases `fresh`; `biasAt` as in `splitColumns`. */
function goOn(rows: Float32Array, factors: number, biasAt: number, fresh: Float32Array) {
  const { vectors, biases } = splitColumns(rows, factors, biasAt);
  const cols = factors + BIAS_COLUMNS;
  const oneAt = biasAt === factors ? factors + 1 : factors;
  fresh.forEach((bias, r) => biases[r] = rows[r * cols + oneAt] === 0 ? bias : biases[r]!);
  return { vectors, biases };
}

/** The sum of weights of every row and of every column. */
function masses({ rows, cols, indptr, indices, values }: Csr) {
  const user = new Float64Array(rows);
  const item = new Float64Array(cols);
  for (let u = 0; u < rows; u++) {
    for (let p = indptr[u]!; p < indptr[u + 1]!; p++) {
      user[u]! += values[p]!;
      item[indices[p]!]! += values[p]!;
    }
  }
  return { user, item };
}

function checkStart(name: string, length: number, rows: number, factors: number): void {
  const expected = rows * (factors + BIAS_COLUMNS);
  if (length === expected) return;
  throw new RangeError(
    `${name} of the start has ${length} values where logistic matrix factorisation needs ${expected}: ` +
      `${rows} rows of ${factors} factors, a bias and a one`,
  );
}
