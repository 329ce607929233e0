import type { z } from "zod";
import { fit } from "../als/fit.ts";
import { historyFormat, type TrainHistory } from "../als/history.ts";
import { loadSolver } from "../als/solvers.ts";
import { trainSchema } from "../config/train.ts";
import { factorsFormat } from "../data/formats.ts";
import type { Interactions } from "../data/interactions.ts";
import { interactionsFormat } from "../data/parquet.ts";
import { splitFormat, type SplitSummary } from "../data/split.ts";
import type { Reporter } from "../engine/effects.ts";
import { defineStage } from "../engine/stage.ts";
import { TopKPool } from "../topk/pool.ts";
import { validationSlice, validator } from "./validation.ts";

const params = trainSchema.omit({ threads: true });

type Params = z.infer<typeof params>;
interface Effects {
  readonly report: Reporter;
  readonly signal: AbortSignal;
  readonly threads: number;
}

/**
 * Fits the model to the training part. With early stopping, a first fit on less than that chooses
 * the number of sweeps; the fit that is kept has the whole part. Throws as `fit` does.
 */
export const train = defineStage({
  name: "train",
  module: import.meta.url,
  summary: "fit user and item factors",
  params,
  inputs: { train: interactionsFormat, split: splitFormat },
  outputs: { factors: factorsFormat, history: historyFormat },
  async runtime({ solver }) {
    return await (await loadSolver(solver)).runtime();
  },
  tolerance: ({ solver }) =>
    solver === "tfjs" ? "tfjs keeps the objective within a tolerance, not the bytes" : undefined,
  async metrics({ history }) {
    const { chosen, sweeps, selection } = await history.read();
    const metrics: Record<string, number> = { sweeps: chosen };
    const objective = sweeps.at(-1)?.objective;
    if (objective !== undefined) metrics.objective = objective;
    const validation = selection?.sweeps[chosen - 1]?.validation;
    if (typeof validation === "number") metrics["validation_ndcg@10"] = validation;
    return metrics;
  },
  async run({ params, inputs, outputs, report, signal, threads }) {
    const interactions = await inputs.train.read();
    const effects = { report, signal, threads };
    const selected = params.earlyStopping
      ? await selectSweeps(interactions, await inputs.split.read(), params, effects)
      : undefined;
    const { factors, history } = await fit(interactions, params, {
      ...effects,
      sweeps: selected?.sweeps,
    });
    const { solver, runtime } = history;
    const facts = Object.entries(runtime).map(([name, value]) => `${name} ${value}`).join(", ");
    report.log(`${history.chosen} sweeps with ${params.factors} factors by ${solver} (${facts})`);
    return {
      factors: await outputs.factors.write(factors),
      history: await outputs.history.write({
        ...history,
        stopped: selected?.stopped ?? history.stopped,
        selection: selected?.selection ?? null,
      }),
    };
  },
});

interface Selected {
  readonly sweeps: number;
  readonly stopped: TrainHistory["stopped"];
  readonly selection: NonNullable<TrainHistory["selection"]>;
}

/** The number of sweeps that is best on purchases set aside; undefined where there are none. */
async function selectSweeps(
  interactions: Interactions,
  split: SplitSummary,
  params: Params,
  effects: Effects,
): Promise<Selected | undefined> {
  const { report, signal, threads } = effects;
  const validation = validationSlice(interactions, split, params.seed);
  if (!validation) {
    report.log(
      `No user of the training part can be validated on, so all ${params.iterations} sweeps are ` +
        `done: set train.iterations yourself, or add purchases`,
    );
    return undefined;
  }
  using pool = new TopKPool(threads);
  const { history } = await fit(validation.fit, params, {
    ...effects,
    validate: validator(validation, pool, signal),
  });
  const { slice, users: { length: users } } = validation;
  const { chosen, stopped, sweeps } = history;
  report.log(
    `sweep ${chosen} of ${sweeps.length} is best on a ${slice} validation slice: NDCG@10 of new ` +
      `items ${sweeps[chosen - 1]?.validation?.toFixed(4)} over ${users} users`,
  );
  const selection = { metric: "ndcg@10", slice, users, sweeps } as const;
  return { sweeps: chosen, stopped, selection };
}
