/** Evaluations at several cuts in time as one: how figures vary, and whether differences hold. */
import { z } from "zod";
import { jsonFormat } from "../data/formats.ts";
import type { SplitSummary } from "../data/split.ts";
import { VERDICTS } from "../data/split/leak.ts";
import type { Evaluation } from "./evaluation.ts";
import type { PerUser } from "./per_user.ts";
import { mean } from "./ranking.ts";
import { compareAll, flipsFor, holm, intervals } from "./significance.ts";

const count = z.int().min(0);
const bounds = z.tuple([z.number(), z.number()]);

export const rollingSchema = z.strictObject({
  /** Name of the trained model. */
  model: z.string(),
  target: z.enum(["new", "repeat", "all"]),
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
          /** Of `pooled`, for the metrics that are compared; null for the others. */
          interval: bounds.nullable(),
        }),
      ),
    ),
  }),
  /** The trained model against each other one: pooled, users as clusters. */
  comparisons: z.array(z.strictObject({
    metric: z.string(),
    baseline: z.string(),
    difference: z.number(),
    /** Difference over the baseline's figure; null where that is 0. */
    relative: z.number().nullable(),
    interval: bounds,
    p: z.number(),
    /** Corrected for the number of comparisons by Holm 1979. */
    adjusted: z.number(),
  })),
  level: z.number(),
  resamples: z.int(),
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

export interface PoolOptions {
  readonly seed: number;
  readonly resamples: number;
  readonly level: number;
}

const METHOD =
  "Each cut is a run of its own: split, fit, evaluation. Pooled: the mean over all users of all cuts. " +
  "Intervals: percentile bootstrap; p: Fisher randomisation, two-sided; in both a user with all their " +
  "cuts is drawn, or exchanged, as one.";

/**
 * Pools the cuts, the earliest first. The users' indices must mean the same in all of them. Throws
 * `RangeError` where there are not two, or they measured other things.
 */
export function poolCuts(results: readonly CutResult[], options: PoolOptions): Rolling {
  const last = results.at(-1)?.evaluation;
  if (last === undefined || results.length < 2) {
    throw new RangeError(`A rolling origin needs two cuts, there are ${results.length}`);
  }
  const { model, target, k } = last;
  for (const { evaluation } of results) {
    if (`${evaluation.k}` === `${k}` && evaluation.target === target) continue;
    throw new RangeError("The cuts were evaluated at other k or targets: run them again together");
  }
  const chief = [...new Set([`map@${Math.min(...k)}`, `ndcg@${Math.max(...k)}`])];
  const names = Object.keys(last.models)
    .filter((name) => results.every(({ evaluation }) => name in evaluation.models));
  const clusters = joined(results.map(({ perUser }) => perUser.users));
  const values = (name: string, metric: string) => valuesOf(results, name, metric);
  const pooled: Rolling["pooled"]["models"] = {};
  for (const name of names) {
    const vectors = chief.map((metric) => values(name, metric))
      .filter((vector) => vector !== undefined);
    const bands = intervals(vectors, { ...options, clusters });
    const band = new Map(chief.map((metric, n) => [metric, bands[n]]));
    const figures: Rolling["pooled"]["models"][string] = {};
    for (const metric of Object.keys(last.models[name] ?? {})) {
      const each = results.flatMap(({ evaluation }) => evaluation.models[name]?.[metric] ?? []);
      if (each.length < results.length) continue;
      const vector = values(name, metric);
      const [low, high] = band.get(metric) ?? [];
      figures[metric] = {
        ...spread(each),
        pooled: vector === undefined ? null : mean(vector),
        interval: low === undefined || high === undefined ? null : [low, high],
      };
    }
    pooled[name] = figures;
  }
  return {
    model,
    target,
    cuts: results.map(cutOf),
    pooled: { users: new Set(clusters).size, values: clusters.length, models: pooled },
    comparisons: comparisons(
      chief.flatMap((metric) =>
        names.flatMap((baseline) => {
          const [a, b] = [values(model, metric), values(baseline, metric)];
          return baseline === model || !a || !b ? [] : [{ metric, baseline, a, b }];
        })
      ),
      clusters,
      options,
    ),
    level: options.level,
    resamples: options.resamples,
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

function comparisons(
  asked: readonly { metric: string; baseline: string; a: Float64Array; b: Float64Array }[],
  clusters: Uint32Array,
  options: PoolOptions,
): Rolling["comparisons"] {
  const flips = flipsFor(asked.length, options);
  const found = compareAll(asked, { ...options, clusters, flips });
  const adjusted = holm(found.map(({ p }) => p));
  return asked.map(({ metric, baseline }, n) => {
    const { difference, relative, interval: [low, high], p } = found[n]!;
    return {
      metric,
      baseline,
      difference,
      relative: Number.isFinite(relative) ? relative : null,
      interval: [low, high],
      p,
      adjusted: adjusted[n]!,
    };
  });
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
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  return Uint32Array.from(parts.flatMap((part) => [...part]));
}

/** Mean and sample standard deviation of two values or more. */
function spread(values: readonly number[]): { mean: number; sd: number } {
  const center = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return { mean: center, sd: Math.sqrt(squares / (values.length - 1)) };
}
