/** What an evaluation says: the figures of each model, and what they mean. */
import { z } from "zod";
import { jsonFormat } from "../data/formats.ts";
import { coverage, coverageDefinition } from "./coverage.ts";
import { conventions, type Lists, mean, type MetricDefinition } from "./ranking.ts";
import { perUserMetrics, rankingMetrics } from "./ranking.ts";
import type { TestSet } from "./test_set.ts";
import { significanceShape } from "./verdicts.ts";

const count = z.int().min(0);
const text = z.string();

/** By metric and k: "ndcg@10". */
const figures = z.record(z.string(), z.number());

export const evaluationSchema = z.strictObject({
  /** Name of the trained model in `models`. */
  model: z.string(),
  /** Users that every figure is a mean over. */
  users: count,
  /** Users with a relevant test item but no training interaction: left out. */
  coldUsers: count,
  /** Pairs of those users and their relevant test items. */
  relevant: count,
  /** Relevant items without a training interaction: no model can know them. */
  unknownTestItems: count,
  /** Relevant pairs of such items. */
  unknownTestPairs: count,
  /** The denominator of coverage. */
  catalogue: count,
  k: z.array(z.int().min(1)),
  target: z.enum(["new", "repeat", "all"]),
  /** By name: the trained model's, and each baseline's. */
  models: z.record(z.string(), figures),
  /** How each of `models` but the trained one was made: its params, and what they do not say. */
  baselines: z.record(
    z.string(),
    z.strictObject({ params: z.record(z.string(), z.json()), note: text.nullable() }),
  ),
  ...significanceShape,
  /** On generated purchases only: the ranking by the truth that they were drawn from. */
  ceiling: z.strictObject({ note: z.string(), figures }).nullable(),
  /** What each metric means, by the part of its key before "@". */
  definitions: z.record(
    z.string(),
    z.strictObject({ name: text, formula: text, denominator: text }),
  ),
  conventions: z.strictObject({
    users: text,
    relevant: text,
    candidates: text,
    ties: text,
    mean: text,
  }),
});

export type Evaluation = z.infer<typeof evaluationSchema>;

export const evaluationFormat = jsonFormat("evaluation", 2, evaluationSchema);

/** Stands beside every ceiling. */
export const SYNTHETIC_NOTE =
  "These purchases are generated: the figures prove that the plumbing works, not that the model is good. " +
  "The ceiling is what a ranking by the preferences that the purchases were drawn from reaches.";

/** One model's lists as figures: the means, and the values of each user behind them. */
export function judge(
  lists: Lists,
  { relevant }: TestSet,
  ks: readonly number[],
  items: number,
): { figures: Record<string, number>; perUser: Record<string, Float64Array> } {
  const perUser = perUserMetrics(lists, relevant, ks);
  const means: Record<string, number> = {};
  for (const [key, values] of Object.entries(perUser)) means[key] = mean(values);
  for (const k of ks) means[`coverage@${k}`] = coverage(lists, k, items);
  return { figures: means, perUser };
}

/** The definitions that `evaluationSchema` carries, as plain data. */
export function definitions(): Pick<Evaluation, "definitions" | "conventions"> {
  const plain: Record<string, MetricDefinition> = {};
  for (const [key, { name, formula, denominator }] of Object.entries(rankingMetrics)) {
    plain[key] = { name, formula, denominator };
  }
  plain.coverage = coverageDefinition;
  return { definitions: plain, conventions };
}
