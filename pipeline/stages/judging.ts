/** What every trial is judged by, whatever the model: a slice of the training part, and one metric. */
import { z } from "zod";
import { historySchema, selectionSchema } from "../als/history.ts";
import { evaluateSchema } from "../config/evaluate.ts";
import { jsonFormat } from "../data/formats.ts";
import { type Interactions, union } from "../data/interactions.ts";
import { splitSummarySchema } from "../data/split.ts";
import type { Input } from "../engine/stage.ts";
import { perUserMetrics } from "../metrics/ranking.ts";
import type { RankedLists } from "../topk/lists.ts";
import type { RankingRequest } from "../topk/ranker.ts";
import { candidatesFor } from "./candidates.ts";
import { sampleUsers, type Validation, validationSlice } from "./validation.ts";

/** What a trial's figure is made by. */
export const judgingSchema = z.strictObject({
  /** How the whole was cut, so the training part is cut. */
  cut: splitSummarySchema.pick({
    ...{ strategy: true, days: true, gapDays: true, fraction: true, heldOut: true },
  }),
  /** Users that are judged at most, a seeded sample; null: all. */
  users: z.int().min(1).nullable(),
  metric: z.string(),
  target: evaluateSchema.shape.target.unwrap(),
  /** Of the slice and the sample. */
  seed: z.int().min(0),
});

export type Judging = z.infer<typeof judgingSchema>;

/** What came out of a trial. */
export const trialFormat = jsonFormat(
  "trial",
  1,
  z.strictObject({
    metric: z.string(),
    slice: selectionSchema.shape.slice,
    users: z.int().min(1),
    figure: z.number(),
    /** The sweep with that figure, from 1. */
    chosen: historySchema.shape.chosen,
    /** None where a model has no sweeps. */
    sweeps: historySchema.shape.sweeps,
  }),
);

/** The name of a trial in its per-user figures. */
export const TRIAL = "trial";

/** A slice, ready to judge by. */
export interface Judge {
  readonly validation: Validation;
  /** What is known of users to rank for, where some of them are not in the part that is fitted. */
  readonly history: Interactions | undefined;
  /** For whom lists are wanted, and what may stand in them. */
  readonly request: RankingRequest;
  /** The metric of each of the users, in order. Throws `RangeError` where there is no such metric. */
  valuesOf(lists: RankedLists): Float64Array;
}

/** Throws `RangeError` where nobody can be judged. */
export async function openJudge(
  train: Pick<Input<Interactions>, "digest" | "read">,
  judging: Judging,
): Promise<Judge> {
  const { metric, target, users, seed } = judging;
  const whole = await sliceOf(train, judging);
  const validation = sampleUsers(whole, users ?? Infinity, seed);
  const { fit, foldIn, known, users: rows, relevant } = validation;
  const k = Number(metric.slice(metric.indexOf("@") + 1));
  return {
    validation,
    history: foldIn && union(fit, foldIn),
    request: { rows, k, candidates: candidatesFor(target, known) },
    valuesOf(lists) {
      const all = perUserMetrics(lists, relevant, [k]);
      const values = all[metric];
      if (values !== undefined) return values;
      const names = Object.keys(all).map((name) => name.slice(0, name.indexOf("@")));
      throw new RangeError(
        `tune.metric: there is no "${metric}" of one user: ${names.join(", ")}`,
      );
    },
  };
}

/** The last slice: trials of one process differ in params, seldom in purchases. */
let last: { readonly key: string; readonly slice: Promise<Validation | undefined> } | undefined;

/**
 * What is set aside of a training part to judge by, with all its users. It follows from the part's
 * digest and the arguments alone, so the last one is kept. Throws `RangeError` where nobody can be judged.
 */
export async function sliceOf(
  train: Pick<Input<Interactions>, "digest" | "read">,
  { cut, target, seed }: Pick<Judging, "cut" | "target" | "seed">,
): Promise<Validation> {
  const key = JSON.stringify([train.digest, cut, target, seed]);
  const slice = last?.key === key
    ? last.slice
    : train.read().then((interactions) =>
      validationSlice(interactions, cut, seed, { target, users: Infinity })
    );
  last = { key, slice };
  slice.catch(() => last = undefined);
  const found = await slice;
  if (found === undefined) throw nobody(target);
  return found;
}

function nobody(target: Judging["target"]): RangeError {
  const what = { new: "an item new to them", repeat: "an item again", all: "an item" }[target];
  return new RangeError(
    `No user of the training part can be validated on: nobody bought ${what} among the purchases ` +
      'that would be set aside: add purchases, or set evaluate.target to "all"',
  );
}
