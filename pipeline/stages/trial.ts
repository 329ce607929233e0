import { z } from "zod";
import { fit } from "../als/fit.ts";
import { freeMemory } from "../als/memory.ts";
import { loadSolver, toleranceOf } from "../als/solvers.ts";
import { RESOURCES, trainSchema } from "../config/train.ts";
import { interactionsFormat } from "../data/parquet.ts";
import { defineStage } from "../engine/stage.ts";
import { joined, perUserFormat } from "../metrics/per_user.ts";
import { mean } from "../metrics/ranking.ts";
import { TopKPool } from "../topk/pool.ts";
import { factorRanker } from "../topk/ranker.ts";
import { judgingSchema, openJudges, pooledUsers, TRIAL, trialFormat } from "./judging.ts";
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
  tolerance: ({ train: { solver } }) => toleranceOf(solver),
  async metrics({ result }) {
    const { figure, chosen, users } = await result.read();
    return { figure, sweeps: chosen, users };
  },
  async run(
    { params, inputs, outputs, report, signal, threads, memory = freeMemory(), resources },
  ) {
    const { metric } = params.judging;
    const judges = await openJudges(inputs.train, params.judging);
    using pool = new TopKPool(threads);
    const windows: Sweep[][] = [];
    for (const { validation, request, valuesOf } of judges) {
      const values: Float64Array[] = [];
      const { history } = await fit(validation.fit, params.train, {
        ...{ report, signal, threads, memory, resources },
        async validate(fitted) {
          const factors = withHeldOut(validation, fitted, params.train);
          const lists = await factorRanker(TRIAL, factors).rank(request, pool, { signal });
          return mean(values[values.push(valuesOf(lists)) - 1]!);
        },
      });
      windows.push(history.sweeps.map(({ objective }, n) => ({ objective, values: values[n]! })));
    }
    const sweeps = sweepsOf(windows);
    const figures = sweeps.map(({ values }) => mean(values));
    const figure = Math.max(...figures);
    const at = figures.indexOf(figure);
    const users = pooledUsers(judges);
    const slice = judges[0]!.validation.slice;
    return {
      result: await outputs.result.write({
        ...{ metric, slice, users: users.length, windows: judges.length, figure, chosen: at + 1 },
        sweeps: sweeps.map(({ objective }, n) => ({ objective, validation: figures[n]! })),
      }),
      perUser: await outputs.perUser.write({
        users,
        models: { [TRIAL]: { [metric]: sweeps[at]!.values } },
      }),
    };
  },
});

/** A sweep of a fit, judged: a value a user. */
interface Sweep {
  readonly objective: number;
  readonly values: Float64Array;
}

/**
 * The sweeps that the fits of all windows have done, with the values of all of them; the objective is
 * that of the latest window.
 */
function sweepsOf(windows: readonly Sweep[][]): Sweep[] {
  const common = Math.min(...windows.map((sweeps) => sweeps.length));
  return Array.from({ length: common }, (_, n) => ({
    objective: windows[0]![n]!.objective,
    values: joined(windows.map((sweeps) => sweeps[n]!.values)),
  }));
}
