/** ALS and logistic matrix factorisation as models to tune. */
import { RESOURCES, trainSchema } from "../config/train.ts";
import type { Dimensions } from "../config/tune.ts";
import { type Facts, lambdaFor, meanFor } from "./facts.ts";
import type { Tunable } from "./tunable.ts";
import { paramsOf } from "./values.ts";

/** What a trial is given of `train`: an export that a fit could start from has seen all. */
export const trialTrainSchema = trainSchema.omit({ ...RESOURCES, init: true, earlyStopping: true });

/** No fewer factors are ever tried, unless the params have fewer; more are tried in steps of so many. */
const STEP = 8;

/**
 * A model of `train`, drawn from `space`. Cheaper rungs have fewer factors: the cost of a sweep grows
 * between their number and its square, so a rung of a share s has sqrt(s) of them.
 *
 * @param train the `train` section of the config.
 */
export function factorModel(
  name: "als" | "lmf",
  train: object,
  space: Dimensions,
  facts: Facts,
): Tunable {
  // Fields of the section that a trial does not take are dropped by parsing.
  const base = trialTrainSchema.strip().parse({ ...train, model: name });
  const usable: Dimensions = facts.timed ? space : { ...space, halfLife: null, trend: null };
  const present = paramsOf(base, Object.keys(space));
  return {
    name,
    kind: "factors",
    at: ["train"],
    space: usable,
    present,
    start: { ...present, lambda: meanFor(base, facts) },
    params(drawn) {
      const frequency = drawn.regularization === "frequency";
      // What nobody reads stays as it is: it would only look as if it had been chosen.
      const params = { ...drawn, nu: (frequency ? drawn.nu : present.nu) ?? 1 };
      const merged = trialTrainSchema.parse({ ...base, ...params });
      return { ...params, lambda: lambdaFor(merged.lambda, merged, facts) };
    },
    reduced(params, share) {
      const factors = Number(params.factors);
      const fewer = Math.round((factors * Math.sqrt(share)) / STEP) * STEP;
      return { ...params, factors: Math.min(factors, Math.max(STEP, fewer)) };
    },
    chosen: (params, { sweeps }) => ({ ...params, iterations: sweeps, model: name }),
  };
}
