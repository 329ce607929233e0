import { z } from "zod";
import { fit } from "../als/fit.ts";
import { historySchema, selectionSchema } from "../als/history.ts";
import { freeMemory } from "../als/memory.ts";
import { loadSolver } from "../als/solvers.ts";
import { evaluateSchema } from "../config/evaluate.ts";
import { RESOURCES, trainSchema } from "../config/train.ts";
import { jsonFormat } from "../data/formats.ts";
import { type Interactions, pairs } from "../data/interactions.ts";
import { interactionsFormat } from "../data/parquet.ts";
import { splitSummarySchema } from "../data/split.ts";
import { defineStage, type Input } from "../engine/stage.ts";
import { perUserFormat } from "../metrics/per_user.ts";
import { mean } from "../metrics/ranking.ts";
import { TopKPool } from "../topk/pool.ts";
import { candidatesFor } from "./candidates.ts";
import { lengthOf, valuesOf } from "./judging.ts";
import { recent } from "./recent.ts";
import { sampleUsers, type Validation, validationSlice } from "./validation.ts";

/** What a trial's figure is made by; the same for every model. */
export const judgingSchema = z.strictObject({
  /** How the whole was cut, so the training part is cut. */
  cut: splitSummarySchema.pick({ strategy: true, days: true, fraction: true }),
  /** Users that are judged at most, a seeded sample; null: all. */
  users: z.int().min(1).nullable(),
  metric: z.string(),
  target: evaluateSchema.shape.target.unwrap(),
});

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
    stopped: historySchema.shape.stopped,
    sweeps: historySchema.shape.sweeps,
  }),
);

/** The name of the params in `perUser`. */
export const TRIAL = "trial";

/**
 * Fits the model to a slice of the training part and judges each sweep by the rest of that part: what
 * `tune` does with each set of params. The test part is no input. Throws `RangeError` where no user
 * can be judged, and as `fit` does.
 */
export const trial = defineStage({
  name: "trial",
  module: import.meta.url,
  summary: "try params on a validation slice of the training part",
  params: z.strictObject({
    // A start from the last export would have seen what is judged by.
    train: trainSchema.omit({ ...RESOURCES, init: true, earlyStopping: true }),
    judging: judgingSchema,
  }),
  inputs: { train: interactionsFormat },
  outputs: { result: trialFormat, perUser: perUserFormat },
  async runtime({ train: { solver, model } }) {
    return await (await loadSolver(solver, model)).runtime();
  },
  tolerance: ({ train: { solver } }) =>
    solver === "tfjs" ? "tfjs keeps the objective within a tolerance, not the bytes" : undefined,
  async metrics({ result }) {
    const { figure, chosen, users } = await result.read();
    return { figure, sweeps: chosen, users };
  },
  async run({ params, inputs, outputs, report, signal, threads, memory = freeMemory() }) {
    const { metric, target } = params.judging;
    const whole = await sliceOf(inputs.train, params.judging, params.train.seed);
    const validation = sampleUsers(whole, params.judging.users ?? Infinity, params.train.seed);
    const { fit: part, users: rows, relevant, slice } = validation;
    const candidates = candidatesFor(target, pairs(part));
    const k = lengthOf(metric);

    using pool = new TopKPool(threads);
    let best: Float64Array = new Float64Array(0);
    let figure = -Infinity;
    const { history } = await fit(part, params.train, {
      ...{ report, signal, threads, memory },
      async validate({ user, item }) {
        const lists = await pool.topK({ users: user, items: item, rows, k, candidates }, { signal });
        const values = valuesOf(lists, relevant, metric);
        const found = mean(values);
        if (found > figure) [best, figure] = [values, found];
        return found;
      },
    });
    const { chosen, stopped, sweeps } = history;
    return {
      result: await outputs.result.write({
        ...{ metric, slice, users: rows.length, figure, chosen, stopped, sweeps },
      }),
      perUser: await outputs.perUser.write({
        users: rows,
        models: { [TRIAL]: { [metric]: best } },
      }),
    };
  },
});

/**
 * What is set aside of a training part to judge by, with all its users. Throws `RangeError` where there
 * is nobody to judge by.
 */
export async function sliceOf(
  input: Pick<Input<Interactions>, "digest" | "read">,
  { cut, target }: Pick<z.infer<typeof judgingSchema>, "cut" | "target">,
  seed: number,
): Promise<Validation> {
  const slice = await recent(input, JSON.stringify([cut, target, seed]), async () => {
    return validationSlice(await input.read(), cut, seed, { target, users: Infinity });
  });
  if (slice === undefined) throw nobody(target);
  return slice;
}

function nobody(target: string): RangeError {
  const what = { new: "an item new to them", repeat: "an item again" }[target] ?? "an item";
  return new RangeError(
    `No user of the training part can be validated on: nobody bought ${what} among the purchases ` +
      "that would be set aside: add purchases, or set evaluate.target to \"all\"",
  );
}
