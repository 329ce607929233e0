/** The trained model beside each baseline, and how sure the figures are: a part of the evaluation. */
import { z } from "zod";
import type { PerUser } from "./per_user.ts";
import { compareAll, flipsFor, holm, intervals, type ResamplingOptions } from "./significance.ts";

const bounds = z.tuple([z.number(), z.number()]);

/** What a comparison says: nothing, unless the adjusted p is small enough. */
export const verdictSchema = z.enum(["above", "below", "not told apart"]);

export type Verdict = z.infer<typeof verdictSchema>;

/** Keys that an evaluation has on significance. */
export const significanceShape = {
  /** By model, by metric and k: bounds of the mean over users. */
  intervals: z.record(z.string(), z.record(z.string(), bounds)),
  /** The trained model against each baseline, in the metrics that decide. */
  comparisons: z.array(z.strictObject({
    metric: z.string(),
    baseline: z.string(),
    /** The model's mean minus the baseline's. */
    difference: z.number(),
    /** The difference over the baseline's mean; null where that is 0. */
    relative: z.number().nullable(),
    /** Of the difference. */
    interval: bounds,
    p: z.number(),
    /** p after Holm's correction for all comparisons in this list. */
    adjusted: z.number(),
    verdict: verdictSchema,
  })),
  /** How both were computed. */
  significance: z.strictObject({
    level: z.number(),
    resamples: z.int(),
    flips: z.int(),
    seed: z.int(),
    interval: z.string(),
    test: z.string(),
    correction: z.string(),
  }),
};

const significanceSchema = z.strictObject(significanceShape);

export type Significance = z.infer<typeof significanceSchema>;

/** A model's comparison with one baseline in one metric. */
export type BaselineComparison = Significance["comparisons"][number];

/** Metrics in which the model is compared with baselines: few, since each comparison more costs power. */
const CHIEF = ["ndcg", "map"];

/** How the figures come about, in the words that go with them. */
export const METHODS = {
  interval:
    "Percentile bootstrap of the mean over users; differences: pairs of the same user are drawn together (Efron & Tibshirani 1993).",
  test:
    "Fisher's randomisation test over users, two-sided, seeded (Smucker, Allan & Carterette 2007).",
  correction: "Holm 1979, over all comparisons listed.",
} as const;

/**
 * Intervals of every model's means, and comparisons of `model` with all others in NDCG@k and MAP@k for
 * every k. Throws `RangeError` as `intervals` does.
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
  const found = intervals(named.map(({ values }) => values), options);
  const byModel: Record<string, Record<string, [number, number]>> = {};
  for (const [n, { name, metric }] of named.entries()) {
    (byModel[name] ??= {})[metric] = [...found[n]!];
  }

  const own = models[model] ?? {};
  const made = Object.keys(models).filter((name) => name !== model).flatMap((baseline) =>
    ks.flatMap((k) => CHIEF.map((name) => `${name}@${k}`)).flatMap((metric) => {
      const [a, b] = [own[metric], models[baseline]?.[metric]];
      return a === undefined || b === undefined ? [] : [{ metric, baseline, a, b }];
    })
  );
  const flips = flipsFor(made.length, options);
  const compared = compareAll(made, { ...options, flips });
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

/** What may be said of a difference whose p was adjusted for all that were tried. */
export function verdict(difference: number, adjusted: number, level: number): Verdict {
  if (difference === 0 || adjusted > 1 - level) return "not told apart";
  return difference > 0 ? "above" : "below";
}
