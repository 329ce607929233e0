/** What an evaluation says: the figures of each model, and what they mean. */
import { z } from "zod";
import { jsonFormat } from "../data/formats.ts";
import { beyondAccuracy, beyondDefinitions } from "./beyond.ts";
import { conventions, type MetricDefinition, plainDefinition } from "./definition.ts";
import { type Lists, mean, perUserMetrics, rankingMetrics } from "./ranking.ts";
import { slicedSchema } from "./sliced.ts";
import type { TestSet } from "./test_set.ts";
import type { TrainingFacts } from "./training_facts.ts";
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
  /** The models by groups of users and items. */
  slices: slicedSchema,
  /** What each metric means, by the part of its key before "@". */
  definitions: z.record(
    z.string(),
    z.strictObject({
      name: text,
      formula: text,
      denominator: text,
      ties: text,
      users: text,
      source: text,
      better: z.enum(["higher", "lower", "neither"]),
    }),
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

const CHIEF = new Set(["map", "ndcg", "recall", "precision", "mrr", "coverage"]);

/** Whether a figure ("ndcg@10") is one that tables of all models show. */
export function isChief(key: string): boolean {
  return CHIEF.has(key.split("@")[0] ?? "");
}

/** One model's lists as figures: the means, and the values of each user behind them. */
export function judge(
  lists: Lists,
  { relevant }: TestSet,
  ks: readonly number[],
  facts: TrainingFacts,
): { figures: Record<string, number>; perUser: Record<string, Float64Array> } {
  const accuracy = perUserMetrics(lists, relevant, ks);
  const beyond = beyondAccuracy(lists, ks, facts);
  const means: Record<string, number> = {};
  for (const [key, values] of Object.entries(accuracy)) means[key] = mean(values);
  return {
    figures: { ...means, ...beyond.figures },
    perUser: { ...accuracy, ...beyond.perUser },
  };
}

/** For the lock file: all figures of the trained model ("ndcg@10"), the chief ones of others ("popularity/ndcg@10"). */
export function chiefFigures({ users, model, models }: Evaluation): Record<string, number> {
  const flat: Record<string, number> = { users };
  for (const [name, figures] of Object.entries(models)) {
    for (const [key, value] of Object.entries(figures)) {
      if (name === model) flat[key] = value;
      else if (isChief(key)) flat[`${name}/${key}`] = value;
    }
  }
  return flat;
}

/** The definitions that `evaluationSchema` carries, as plain data. */
export function definitions(): Pick<Evaluation, "definitions" | "conventions"> {
  const plain: Record<string, MetricDefinition> = {};
  for (const [key, of] of Object.entries({ ...rankingMetrics, ...beyondDefinitions })) {
    plain[key] = plainDefinition(of);
  }
  return { definitions: plain, conventions };
}
