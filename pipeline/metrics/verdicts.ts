/** What an evaluation says of how sure its figures are: the shape of it, and the words. */
import { z } from "zod";

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

/** How the figures come about, in the words that go with them. */
export const METHODS = {
  interval:
    "Percentile bootstrap of the mean over users; differences: pairs of the same user are drawn together (Efron & Tibshirani 1993).",
  test:
    "Fisher's randomisation test over users, two-sided, seeded (Smucker, Allan & Carterette 2007).",
  correction: "Holm 1979, over all comparisons listed.",
} as const;

/** The k that a short text shows: 10, or the shortest of those that are measured. */
export function chiefK(ks: readonly number[]): number {
  return ks.includes(10) ? 10 : Math.min(...ks);
}

/** What may be said of a difference whose p was adjusted for all that were tried. */
export function verdict(difference: number, adjusted: number, level: number): Verdict {
  if (difference === 0 || adjusted > 1 - level) return "not told apart";
  return difference > 0 ? "above" : "below";
}
