import { z } from "zod";
import { fit } from "../als/fit.ts";
import { historyFormat } from "../als/history.ts";
import { loadSolver } from "../als/solvers.ts";
import { buyers, loadModel, type Model, saveModel } from "../als/model.ts";
import { decayedConfidence } from "../als/weights.ts";
import { exportSchema } from "../config/export.ts";
import { trainSchema } from "../config/train.ts";
import { factorsFormat } from "../data/formats.ts";
import { latestText, pairs } from "../data/interactions.ts";
import { interactionsFormat, itemsFormat, usersFormat } from "../data/parquet.ts";
import { ingestCounts, reportFormat } from "../data/report.ts";
import { splitFormat } from "../data/split.ts";
import { defineStage, type Format } from "../engine/stage.ts";
import { evaluationFormat } from "../metrics/evaluation.ts";

/** A model as a folder: what `serve` loads. */
export const modelFormat: Format<Model> = {
  name: "model",
  version: 1,
  extension: "/",
  read: loadModel,
  async write(path, model) {
    await saveModel(path, model);
  },
};

/**
 * Exports the model to serve: with `refit`, fitted once more by the same params and as many sweeps on
 * all interactions; without it, the factors that were evaluated. Throws as `fit` does.
 */
export const exportModel = defineStage({
  name: "export",
  module: import.meta.url,
  summary: "fit on everything and write the model to serve",
  params: z.strictObject({
    refit: exportSchema.shape.refit,
    train: trainSchema.omit({ threads: true }),
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
  },
  outputs: { model: modelFormat },
  tolerance: ({ refit, train }) =>
    refit && train.solver === "tfjs"
      ? "tfjs keeps the objective within a tolerance, not the bytes"
      : undefined,
  /** The refit's bytes depend on what the solver runs on, as those of `train` do. */
  async runtime({ refit, train }) {
    return refit ? await (await loadSolver(train.solver)).runtime() : {};
  },
  async run({ params, inputs, outputs, report, signal, threads }) {
    const { chosen, solver } = await inputs.history.read();
    const interactions = await (params.refit ? inputs.interactions : inputs.train).read();
    const factors = params.refit
      ? (await fit(interactions, params.train, { sweeps: chosen, report, signal, threads })).factors
      : await inputs.factors.read();
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
        fittedUntil: latestText(interactions),
        sweeps: chosen,
        metricsFittedOn: "train",
        metrics,
        baselines,
        ingest: ingestCounts(ingested),
        versions: { deno: Deno.version.deno, solver },
      },
    };
    report.log(
      `${seen.rows} users, ${seen.cols} items, fitted on ` +
        (params.refit ? "all purchases; the metrics are of the training fit" : "the training part"),
    );
    return { model: await outputs.model.write(model) };
  },
});
