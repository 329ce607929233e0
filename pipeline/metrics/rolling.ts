/** Evaluations at several cuts in time as one: how figures vary, and whether differences hold. */
import { z } from "zod";
import { jsonFormat } from "../data/formats.ts";
import type { SplitSummary } from "../data/split.ts";
import { VERDICTS } from "../data/split/leak.ts";
import { significance } from "./comparisons.ts";
import type { Evaluation } from "./evaluation.ts";
import { joined, type PerUser } from "./per_user.ts";
import { mean } from "./ranking.ts";
import type { ResamplingOptions } from "./significance.ts";
import { significanceShape } from "./verdicts.ts";

const count = z.int().min(0);

export const rollingSchema = z.strictObject({
  /** Name of the trained model. */
  model: z.string(),
  target: z.enum(["new", "repeat", "all"]),
  k: z.array(z.int().min(1)),
  /** The earliest first; the last is that of the exported model. */
  cuts: z.array(z.strictObject({
    /** Training holds what is not later; seconds since 1970 UTC. */
    cut: z.number().nullable(),
    trainPairs: count,
    testPairs: count,
    users: count,
    coldUsers: count,
    leak: z.enum(VERDICTS),
    /** By model, by metric and k. */
    models: z.record(z.string(), z.record(z.string(), z.number())),
  })).min(2),
  pooled: z.strictObject({
    /** Distinct users, each with all their cuts a cluster of the bootstrap. */
    users: count,
    /** Pairs of a user and a cut: what a pooled figure is a mean over. */
    values: count,
    /** Of the models that every cut has. */
    models: z.record(
      z.string(),
      z.record(
        z.string(),
        z.strictObject({
          /** Of the cuts' figures. */
          mean: z.number(),
          /** Sample standard deviation of the cuts' figures (divided by cuts - 1). */
          sd: z.number(),
          /** Mean over all users of all cuts; null for what is no mean over users, as coverage. */
          pooled: z.number().nullable(),
        }),
      ),
    ),
    /** Of the pooled means: a user with all their cuts is drawn, or exchanged, as one. */
    ...significanceShape,
  }),
  method: z.string(),
});

export type Rolling = z.infer<typeof rollingSchema>;

export const rollingFormat = jsonFormat("rolling origin", 1, rollingSchema);

/** What the evaluate stage found at one cut. */
export interface CutResult {
  readonly split: SplitSummary;
  readonly evaluation: Evaluation;
  readonly perUser: PerUser;
}

const METHOD =
  "Each cut is a run of its own: split, fit, evaluation. Mean and sd are over the cuts' figures. Pooled: the " +
  "mean over all users of all cuts; in its intervals and comparisons a user with all their cuts is one.";

/**
 * Pools the cuts, the earliest first. The users' indices must mean the same in all of them. Throws
 * `RangeError` where there are not two, or they measured other things.
 */
export function poolCuts(
  results: readonly CutResult[],
  options: Omit<ResamplingOptions, "clusters">,
): Rolling {
  const last = results.at(-1)?.evaluation;
  if (last === undefined || results.length < 2) {
    throw new RangeError(`A rolling origin needs two cuts, there are ${results.length}`);
  }
  const { model, target, k } = last;
  for (const { evaluation } of results) {
    if (`${evaluation.k}` === `${k}` && evaluation.target === target) continue;
    throw new RangeError("The cuts were evaluated at other k or targets: run them again together");
  }
  const names = Object.keys(last.models)
    .filter((name) => results.every(({ evaluation }) => name in evaluation.models));
  const clusters = Uint32Array.from(results.flatMap(({ perUser }) => [...perUser.users]));
  const models: Rolling["pooled"]["models"] = {};
  const vectors: Record<string, Record<string, Float64Array>> = {};
  for (const name of names) {
    const figures: typeof models[string] = {};
    const pooled: typeof vectors[string] = {};
    for (const metric of Object.keys(last.models[name] ?? {})) {
      const each = results.flatMap(({ evaluation }) => evaluation.models[name]?.[metric] ?? []);
      if (each.length < results.length) continue;
      const vector = valuesOf(results, name, metric);
      if (vector !== undefined) pooled[metric] = vector;
      figures[metric] = { ...spread(each), pooled: vector === undefined ? null : mean(vector) };
    }
    models[name] = figures;
    vectors[name] = pooled;
  }
  return {
    model,
    target,
    k,
    cuts: results.map(cutOf),
    pooled: {
      users: new Set(clusters).size,
      values: clusters.length,
      models,
      ...significance(vectors, model, k, { ...options, clusters }),
    },
    method: METHOD,
  };
}

function cutOf({ split, evaluation }: CutResult): Rolling["cuts"][number] {
  const { users, coldUsers, models } = evaluation;
  return {
    cut: split.cut,
    trainPairs: split.train.pairs,
    testPairs: split.test.pairs,
    users,
    coldUsers,
    leak: split.leak.verdict,
    models,
  };
}

/** The values of all users of all cuts; undefined where a cut has none of this metric. */
function valuesOf(
  results: readonly CutResult[],
  name: string,
  metric: string,
): Float64Array | undefined {
  const parts: Float64Array[] = [];
  for (const { perUser } of results) {
    const part = perUser.models[name]?.[metric];
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return joined(parts);
}

/** Mean and sample standard deviation of two values or more. */
function spread(values: readonly number[]): { mean: number; sd: number } {
  const center = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return { mean: center, sd: Math.sqrt(squares / (values.length - 1)) };
}
