import type { z } from "zod";
import { fit } from "../als/fit.ts";
import { requireFoldIn } from "../als/fold_users.ts";
import { freeMemory } from "../als/memory.ts";
import { historyFormat, type TrainHistory } from "../als/history.ts";
import { loadSolver, toleranceOf } from "../als/solvers.ts";
import { RESOURCES, trainSchema } from "../config/train.ts";
import { type Factors, factorsFormat } from "../data/formats.ts";
import type { Interactions } from "../data/interactions.ts";
import { interactionsFormat, itemsFormat, usersFormat } from "../data/parquet.ts";
import { splitFormat, type SplitSummary } from "../data/split.ts";
import type { Reporter } from "../engine/effects.ts";
import { optional } from "../engine/formats.ts";
import { defineStage } from "../engine/stage.ts";
import { TopKPool } from "../topk/pool.ts";
import { modelFormat } from "./model_format.ts";
import { openPrevious, type Previous } from "./previous.ts";
import { validationSlice, validator } from "./validation.ts";

const params = trainSchema.omit(RESOURCES);

type Params = z.infer<typeof params>;
interface Effects {
  readonly report: Reporter;
  readonly signal: AbortSignal;
  readonly threads: number;
  /** Bytes. */
  readonly memory: number;
  readonly resources: Readonly<Record<string, string>> | undefined;
  readonly scratch: string;
}

/**
 * Fits the model to the training part. With early stopping, a first fit on less than that chooses
 * the number of sweeps; the fit that is kept has the whole part.
 *
 * A fit starts from the last export, if `init` says so, only where that cannot have seen what the fit
 * is measured by: an export is as a rule fitted on everything, the test part of these days included.
 *
 * Throws as `fit` and `openPrevious` do.
 */
export const train = defineStage({
  name: "train",
  module: import.meta.url,
  summary: "fit user and item factors",
  params,
  inputs: {
    train: interactionsFormat,
    split: splitFormat,
    previous: optional(modelFormat),
    users: optional(usersFormat),
    items: optional(itemsFormat),
  },
  outputs: { factors: factorsFormat, history: historyFormat },
  async runtime({ solver, model }) {
    return await (await loadSolver(solver, model)).runtime();
  },
  tolerance: ({ solver }) => toleranceOf(solver),
  async metrics({ history }) {
    const { chosen, sweeps, selection } = await history.read();
    const metrics: Record<string, number> = { sweeps: chosen };
    const objective = sweeps.at(-1)?.objective;
    if (objective !== undefined) metrics.objective = objective;
    const validation = selection?.sweeps[chosen - 1]?.validation;
    if (typeof validation === "number") metrics["validation_ndcg@10"] = validation;
    return metrics;
  },
  async run({ params, inputs, outputs, memory = freeMemory(), ...context }) {
    const { report, signal, threads, resources, scratch } = context;
    const interactions = await inputs.train.read();
    const split = await inputs.split.read();
    if (split.strategy === "held-out-users") requireFoldIn(params.model);
    const previous = await openPrevious(inputs, params, report);
    const effects = { report, signal, threads, memory, resources, scratch };
    const selected = params.earlyStopping
      ? await selectSweeps(interactions, split, params, previous, effects)
      : undefined;
    // Under any other strategy than temporal the test part holds purchases of any time.
    const tested = split.strategy === "temporal" ? split.cut : null;
    const start = startOf(previous, interactions, tested, "test part", report);
    const { factors, history } = await fit(interactions, params, {
      ...effects,
      sweeps: selected?.sweeps,
      start,
    });
    const { solver, runtime } = history;
    const facts = Object.entries(runtime).map(([name, value]) => `${name} ${value}`).join(", ");
    report.log(`${history.chosen} sweeps with ${params.factors} factors by ${solver} (${facts})`);
    return {
      factors: await outputs.factors.write(factors),
      history: await outputs.history.write({
        ...history,
        startedFrom: start && previous?.model,
        stopped: selected?.stopped ?? history.stopped,
        selection: selected?.selection ?? null,
      }),
    };
  },
});

/** What the last export gives a fit of `part` to start from, if that has not seen what is held back. */
function startOf(
  previous: Previous | undefined,
  part: Interactions,
  cut: number | null,
  held: "test part" | "validation slice",
  report: Reporter,
): Factors | undefined {
  if (previous === undefined) return undefined;
  if (previous.mayHaveSeen(cut)) {
    const until = previous.fittedUntil === undefined
      ? ""
      : `, fitted until ${previous.fittedUntil},`;
    report.log(
      `the last export${until} may have seen the ${held}: the fit that is measured by it starts afresh`,
    );
    return undefined;
  }
  const { factors, line } = previous.start(part);
  report.log(`the fit that is measured by the ${held} ${line}`);
  return factors;
}

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
  previous: Previous | undefined,
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
    start: startOf(previous, validation.fit, validation.cut, "validation slice", report),
    validate: validator(validation, params, pool, signal),
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
