/** The models of a config, ready to be tuned. */
import type { Config } from "../config.ts";
import { baselinesSchema } from "../config/baselines.ts";
import { BASELINES, type TunableName } from "../config/tune.ts";
import { UsageError } from "../errors.ts";
import { baselineModel } from "../tune/baseline_model.ts";
import { factorModel } from "../tune/factor_model.ts";
import type { Facts } from "../tune/facts.ts";
import type { Tunable } from "../tune/tunable.ts";

const defaults = baselinesSchema.parse({});

/**
 * The models of these names, those left out that purchases without times or the target leave nothing to
 * tune of. Throws `UsageError` where that leaves none.
 */
export function tunables(
  { train, evaluate, tune }: Config,
  names: readonly TunableName[],
  facts: Facts,
): Tunable[] {
  if (train.solver === "spark" && names.some((name) => name === "als" || name === "lmf")) {
    throw new UsageError(
      'Trials are judged by every sweep, and train.solver "spark" gives only the last: tune with ' +
        "--set train.solver=simd, which minimises the same objective, on fewer purchases where all are " +
        "too many, and train on Spark with what it finds",
    );
  }
  const reasons = new Map<string, string>();
  if (!facts.timed) {
    const reason = "the purchases have no times: map source.interactions.columns.time";
    for (const name of ["recentPopularity", "buyAgain"]) reasons.set(name, reason);
  }
  if (evaluate.target === "new") {
    reasons.set("buyAgain", 'it ranks for evaluate.target "repeat" and "all" only');
  }
  const left = names.filter((name) => !reasons.has(name));
  const [name] = names;
  if (left.length === 0) {
    throw new UsageError(`There is nothing to tune of ${name}: ${reasons.get(name ?? "")}`);
  }
  return left.map((name) => {
    const baseline = BASELINES.find((each) => each === name);
    if (baseline !== undefined) {
      const { baselines } = evaluate;
      const space = tune.space[baseline];
      return baselineModel(baseline, baselines, train, defaults, space, facts);
    }
    return name === "als" || name === "lmf"
      ? factorModel(name, train, tune.space[name], facts)
      : unknown(name);
  });
}

function unknown(name: string): never {
  throw new UsageError(`${name} cannot be tuned`);
}
