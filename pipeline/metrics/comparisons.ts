/** The trained model beside each baseline, and how sure the figures are: a part of the evaluation. */
import type { PerUser } from "./per_user.ts";
import { flipsFor, holm, resample, type ResamplingOptions } from "./significance.ts";
import { METHODS, type Significance, verdict } from "./verdicts.ts";

/** Metrics in which the model is compared with baselines: few, since each comparison more costs power. */
const CHIEF = ["ndcg", "map"];

/**
 * Intervals of every model's means, and comparisons of `model` with all others in NDCG@k and MAP@k for
 * every k. Throws `RangeError` as `resample` does.
 */
export function significance(
  models: PerUser["models"],
  model: string,
  ks: readonly number[],
  options: ResamplingOptions,
): Significance {
  const { level, resamples, seed } = options;
  const named = Object.entries(models).flatMap(([name, metrics]) =>
    Object.entries(metrics).map(([metric, values]) => ({ name, metric, values }))
  );
  const own = models[model] ?? {};
  const made = Object.keys(models).filter((name) => name !== model).flatMap((baseline) =>
    ks.flatMap((k) => CHIEF.map((name) => `${name}@${k}`)).flatMap((metric) => {
      const [a, b] = [own[metric], models[baseline]?.[metric]];
      return a === undefined || b === undefined ? [] : [{ metric, baseline, a, b }];
    })
  );
  const flips = flipsFor(made.length, options);
  const { intervals, comparisons: compared } = resample(
    named.map(({ values }) => values),
    made,
    { ...options, flips },
  );
  const byModel: Record<string, Record<string, [number, number]>> = {};
  for (const [n, { name, metric }] of named.entries()) {
    (byModel[name] ??= {})[metric] = [...intervals[n]!];
  }
  const adjusted = holm(compared.map(({ p }) => p));
  return {
    intervals: byModel,
    comparisons: compared.map(({ difference, relative, interval, p }, n) => ({
      metric: made[n]!.metric,
      baseline: made[n]!.baseline,
      difference,
      relative: Number.isFinite(relative) ? relative : null,
      interval: [...interval],
      p,
      adjusted: adjusted[n]!,
      verdict: verdict(difference, adjusted[n]!, level),
    })),
    significance: { level, resamples, flips, seed, ...METHODS },
  };
}
