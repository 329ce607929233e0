import { z } from "zod";
import { fit } from "../als/fit.ts";
import { freeMemory } from "../als/memory.ts";
import { loadSolver } from "../als/solvers.ts";
import { RESOURCES, trainSchema } from "../config/train.ts";
import { interactionsFormat } from "../data/parquet.ts";
import { defineStage } from "../engine/stage.ts";
import { perUserFormat } from "../metrics/per_user.ts";
import { mean } from "../metrics/ranking.ts";
import { TopKPool } from "../topk/pool.ts";
import { factorRanker } from "../topk/ranker.ts";
import { judgingSchema, openJudge, TRIAL, trialFormat } from "./judging.ts";
import { withHeldOut } from "./validation.ts";

/**
 * Fits a model of factors to a slice of the training part and judges each sweep by the rest of that
 * part: what `tune` does with each set of params. The test part is no input. Throws `RangeError` where
 * no user can be judged, and as `fit` does.
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
    const { metric } = params.judging;
    const { validation, request, valuesOf } = await openJudge(inputs.train, params.judging);
    using pool = new TopKPool(threads);
    let best: Float64Array = new Float64Array(0);
    let figure = -Infinity;
    const { history } = await fit(validation.fit, params.train, {
      ...{ report, signal, threads, memory },
      async validate(fitted) {
        const factors = withHeldOut(validation, fitted, params.train);
        const values = valuesOf(await factorRanker(TRIAL, factors).rank(request, pool, { signal }));
        const found = mean(values);
        if (found > figure) [best, figure] = [values, found];
        return found;
      },
    });
    const { chosen, sweeps } = history;
    const { rows } = request;
    return {
      result: await outputs.result.write({
        ...{ metric, slice: validation.slice, users: rows.length, figure, chosen, sweeps },
      }),
      perUser: await outputs.perUser.write({
        users: rows,
        models: { [TRIAL]: { [metric]: best } },
      }),
    };
  },
});
