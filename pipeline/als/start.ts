/** What every solver does before its first sweep: check the problem, choose the first factors. */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Csr } from "../data/matrix.ts";
import type { FactorPair, Problem, SolverOptions } from "./solver.ts";

/**
 * The factors before the first sweep, the caller's to change: copies of `options.start`, or users
 * at zero and items uniform around zero with standard deviation 1 / sqrt(factors), so that the
 * first users are fitted to about orthogonal items. Items without entries start at zero. The
 * numbers depend on the seed alone, not on the solver.
 *
 * Throws `RangeError` where the parts of the problem or the start do not fit one another.
 */
export function startFactors(problem: Problem, options: SolverOptions): FactorPair {
  checkProblem(problem, options);
  const { confidence } = problem;
  const { factors, start } = options;
  if (!start) return freshFactors(confidence, options);
  checkLength("userFactors", start.userFactors.length, confidence.rows * factors);
  checkLength("itemFactors", start.itemFactors.length, confidence.cols * factors);
  return { userFactors: start.userFactors.slice(), itemFactors: start.itemFactors.slice() };
}

/** The first factors of users and items that nothing is known of but their pairs, users x items. */
export function freshFactors(
  pairs: Csr,
  { factors, seed }: Pick<SolverOptions, "factors" | "seed">,
): FactorPair {
  const bought = new Uint8Array(pairs.cols);
  for (const item of pairs.indices) bought[item] = 1;
  const random = xoroshiro128plus(seed);
  const width = 2 * Math.sqrt(3 / factors);
  const itemFactors = new Float32Array(pairs.cols * factors);
  for (let i = 0; i < pairs.cols; i++) {
    if (bought[i] === 0) continue;
    for (let f = 0; f < factors; f++) {
      itemFactors[i * factors + f] = (uniformFloat64(random) - 0.5) * width;
    }
  }
  return { userFactors: new Float32Array(pairs.rows * factors), itemFactors };
}

/** Throws `RangeError` where the problem and the options do not fit one another. */
export function checkProblem(problem: Problem, { factors, iterations }: SolverOptions): void {
  const { confidence, userLambda, itemLambda } = problem;
  if (!(Number.isInteger(factors) && factors >= 1)) {
    throw new RangeError(`factors is ${factors}: give a whole number from 1`);
  }
  if (!(Number.isInteger(iterations) && iterations >= 1)) {
    throw new RangeError(`iterations is ${iterations}: give a whole number from 1`);
  }
  checkLength("userLambda", userLambda.length, confidence.rows);
  checkLength("itemLambda", itemLambda.length, confidence.cols);
  for (const [name, values] of Object.entries({ userLambda, itemLambda })) {
    const at = values.findIndex((value) => !(value > 0 && value < Infinity));
    if (at >= 0) throw new RangeError(`${name}[${at}] is ${values[at]}: it must be above zero`);
  }
  const { values } = confidence;
  for (let at = 0; at < values.length; at++) {
    if (values[at]! >= 0 && values[at]! < Infinity) continue;
    throw new RangeError(
      `The confidence of entry ${at} (item ${confidence.indices[at]}) is ` +
        `1 + ${values[at]}: it must be finite and at least 1; lower train.alpha`,
    );
  }
}

function checkLength(name: string, length: number, expected: number): void {
  if (length !== expected) {
    throw new RangeError(`${name} has ${length} values where the problem needs ${expected}`);
  }
}
