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
  /** Windows that a temporal split is judged by at most, one before the other. */
  windows: z.int().min(1),
});

export type Judging = z.infer<typeof judgingSchema>;

/** What came out of a trial. */
export const trialFormat = jsonFormat(
  "trial",
  1,
  z.strictObject({
    metric: z.string(),
    slice: selectionSchema.shape.slice,
    /** Of all windows together. */
    users: z.int().min(1),
    windows: z.int().min(1),
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

/** The windows to judge by, the latest first. Throws `RangeError` where nobody can be judged. */
export async function openJudges(
  train: Pick<Input<Interactions>, "digest" | "read">,
  judging: Judging,
): Promise<Judge[]> {
  return (await slicesOf(train, judging)).map((slice) => judgeOf(slice, judging));
}

function judgeOf(whole: Validation, { metric, target, users, seed }: Judging): Judge {
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

/** The last slices: trials of one process differ in params, seldom in purchases. */
let last: { readonly key: string; readonly slices: Promise<Validation[]> } | undefined;

/**
 * What is set aside of a training part to judge by, with all its users. Of a temporal split there may be several
 * windows, each cut from what the later one is fitted to, as long as half of the time is left to fit;
 * of any other there is one. They follow from the part's digest and the arguments alone, so the last
 * ones are kept. Throws `RangeError` where there is nobody to judge by.
 */
export async function slicesOf(
  train: Pick<Input<Interactions>, "digest" | "read">,
  { cut, target, seed, windows }: Pick<Judging, "cut" | "target" | "seed" | "windows">,
): Promise<readonly Validation[]> {
  const key = JSON.stringify([train.digest, cut, target, seed]);
  const of = (part: Interactions) => validationSlice(part, cut, seed, { target, users: Infinity });
  const first = async () => {
    const slice = of(await train.read());
    return slice === undefined ? [] : [slice];
  };
  const slices = last?.key === key ? last.slices : first();
  last = { key, slices };
  slices.catch(() => last = undefined);
  const found = await slices;
  for (let n = found.length; n < windows; n++) {
    const next = earlier(found[n - 1], found[0], of);
    if (next === undefined) break;
    found.push(next);
  }
  if (found.length === 0) throw nobody(target);
  return found.slice(0, windows);
}

/** The window before `later`, where enough is left to fit. */
function earlier(
  later: Validation | undefined,
  latest: Validation | undefined,
  of: (part: Interactions) => Validation | undefined,
): Validation | undefined {
  if (later?.slice !== "temporal" || latest === undefined) return undefined;
  const next = of(later.fit);
  return next !== undefined && 2 * span(next.fit) >= span(latest.fit) ? next : undefined;
}

/** Seconds from the first purchase to the last. */
function span({ time = new Float64Array(0) }: Interactions): number {
  let [first, last] = [Infinity, -Infinity];
  for (const t of time) [first, last] = [Math.min(first, t), Math.max(last, t)];
  return last - first;
}

/** The users of all windows, one window after the other: who stands in several is there as often. */
export function pooledUsers(judges: readonly Judge[]): Uint32Array {
  return Uint32Array.from(judges.flatMap(({ request }) => [...request.rows]));
}

function nobody(target: Judging["target"]): RangeError {
  const what = { new: "an item new to them", repeat: "an item again", all: "an item" }[target];
  return new RangeError(
    `No user of the training part can be validated on: nobody bought ${what} among the purchases ` +
      'that would be set aside: add purchases, or set evaluate.target to "all"',
  );
}
