import { z } from "zod";
import { biasColumnsOf } from "../als/biases.ts";
import { fit } from "../als/fit.ts";
import { historyFormat, type TrainHistory } from "../als/history.ts";
import type { Factors } from "../data/formats.ts";
import { freeMemory } from "../als/memory.ts";
import { loadSolver, toleranceOf } from "../als/solvers.ts";
import { buyers, type Model } from "../als/model.ts";
import { decayedConfidence } from "../als/weights.ts";
import { exportSchema } from "../config/export.ts";
import { RESOURCES, trainSchema } from "../config/train.ts";
import { factorsFormat } from "../data/formats.ts";
import { type Interactions, latestText, pairs } from "../data/interactions.ts";
import { interactionsFormat, itemsFormat, usersFormat } from "../data/parquet.ts";
import { ingestCounts, reportFormat } from "../data/report.ts";
import { splitFormat } from "../data/split.ts";
import { optional } from "../engine/formats.ts";
import { defineStage } from "../engine/stage.ts";
import { evaluationFormat } from "../metrics/evaluation.ts";
import { modelFormat } from "./model_format.ts";
import { openPrevious, type Previous } from "./previous.ts";

/**
 * Exports the model to serve: with `refit`, fitted once more by the same params and as many sweeps on
 * all interactions, where `train.init` says so from the last export on; without it, the factors that
 * were evaluated. Throws as `fit` and `openPrevious` do.
 */
export const exportModel = defineStage({
  name: "export",
  module: import.meta.url,
  summary: "fit on everything and write the model to serve",
  params: z.strictObject({
    refit: exportSchema.shape.refit,
    train: trainSchema.omit(RESOURCES),
  }),
  inputs: {
    interactions: interactionsFormat,
    train: interactionsFormat,
    split: splitFormat,
    users: usersFormat,
    items: itemsFormat,
    report: reportFormat,
    factors: factorsFormat,
    history: historyFormat,
    metrics: evaluationFormat,
    previous: optional(modelFormat),
  },
  outputs: { model: modelFormat },
  tolerance: ({ refit, train }) => refit ? toleranceOf(train.solver) : undefined,
  /** The refit's bytes depend on what the solver runs on, as those of `train` do. */
  async runtime({ refit, train }) {
    return refit ? await (await loadSolver(train.solver, train.model)).runtime() : {};
  },
  async run({ params, inputs, outputs, memory = freeMemory(), ...context }) {
    const { report, signal, threads, resources, scratch } = context;
    const { chosen, solver, startedFrom, facts } = await inputs.history.read();
    const interactions = await (params.refit ? inputs.interactions : inputs.train).read();
    const previous = await openPrevious(inputs, params.train, report);
    const refit = async (): Promise<Pick<TrainHistory, "facts"> & { factors: Factors }> => {
      const start = previous?.start(interactions);
      if (start) report.log(`the fit on all purchases ${start.line}`);
      const options = {
        sweeps: chosen,
        report,
        signal,
        threads,
        memory,
        resources,
        scratch,
        start: start?.factors,
      };
      const { factors, history } = await fit(interactions, params.train, options);
      return { factors, facts: history.facts };
    };
    const { factors, facts: of } = params.refit
      ? await refit()
      : { factors: await inputs.factors.read(), facts };
    const started = params.refit ? previous?.model : startedFrom;
    const evaluation = await inputs.metrics.read();
    const { [evaluation.model]: metrics = {}, ...baselines } = evaluation.models;
    const { strategy, leaks } = await inputs.split.read();
    const ingested = await inputs.report.read();
    const seen = pairs(interactions);
    const model: Model = {
      userFactors: factors.user,
      itemFactors: factors.item,
      users: await inputs.users.read(),
      items: await inputs.items.read(),
      seen,
      popularity: buyers(seen),
      confidence: decayedConfidence(interactions, params.train),
      manifest: {
        version: 1,
        model: "",
        data: `sha256:${inputs.interactions.digest}`,
        split: `sha256:${inputs.train.digest}`,
        params: { ...params.train, refit: params.refit, split: { strategy, leaks } },
        files: {},
        integerItemIds: ingested.integerItemIds,
        fittedOn: params.refit ? "all" : "train",
        fittedUntil: fittedUntil(interactions, started === undefined ? undefined : previous),
        startedFrom: started,
        sweeps: chosen,
        trendColumns: params.train.trend === null ? 0 : 1,
        biasColumns: biasColumnsOf(params.train.model),
        metricsFittedOn: "train",
        metrics,
        baselines,
        ingest: ingestCounts(ingested),
        versions: { deno: Deno.version.deno, solver, ...of },
      },
    };
    report.log(
      `${seen.rows} users, ${seen.cols} items, fitted on ` +
        (params.refit ? "all purchases; the metrics are of the training fit" : "the training part"),
    );
    return { model: await outputs.model.write(model) };
  },
});

/** When the latest purchase was that the factors know, by this fit or by what it started from. */
function fittedUntil(
  interactions: Interactions,
  previous: Previous | undefined,
): string | undefined {
  const latest = latestText(interactions);
  if (latest === undefined || previous === undefined) return latest;
  const { fittedUntil: before } = previous;
  return before === undefined || before > latest ? before : latest;
}
