/** The pipeline: which stage feeds which. Read this page first. */
import type { Config } from "./config.ts";
import { Graph, type Ref } from "./engine/graph.ts";
import { evaluate } from "./stages/evaluate.ts";
import { exportModel } from "./stages/export.ts";
import { ingest } from "./stages/ingest.ts";
import { sample } from "./stages/sample.ts";
import { split } from "./stages/split.ts";
import { train } from "./stages/train.ts";
import type { Truth } from "./data/sample/truth.ts";

/** Where a run without purchases of the user's own puts the generated ones. */
export const SAMPLE_PATH = "data/sample.csv";

/** Wires the stages for a config: ingest, split, train, evaluate, export. */
export function buildPipeline(config: Config): Graph {
  const graph = new Graph();
  const { interactions: purchases, items: catalogue, events, exclude } = config.source;

  let source: Ref<readonly string[]>;
  let truth: Ref<Truth | undefined> = graph.absent();
  if (purchases.path === undefined) {
    const shop = graph.add(sample, { params: config.sample, inputs: {} });
    graph.publish(shop.purchases, SAMPLE_PATH);
    source = shop.purchases;
    truth = shop.truth;
  } else {
    source = graph.files("purchases", [purchases.path].flat());
  }

  const columns = { interactions: purchases.columns, items: catalogue.columns };
  const data = graph.add(ingest, {
    params: {
      columns,
      encoding: purchases.encoding,
      catalogueEncoding: catalogue.encoding,
      outliers: config.source.outliers,
      bots: config.source.bots,
      strict: config.source.strict,
    },
    inputs: {
      purchases: source,
      catalogue: catalogue.path ? graph.files("catalogue", [catalogue.path]) : graph.absent(),
      events: events.path ? graph.files("events", [events.path].flat()) : graph.absent(),
      excluded: exclude.path ? graph.files("excluded", [exclude.path].flat()) : graph.absent(),
    },
  });

  const { test, ...strategy } = config.split;
  const parts = graph.add(split, {
    params: { ...strategy, columns: purchases.columns },
    inputs: {
      interactions: data.interactions,
      users: data.users,
      items: data.items,
      given: test ? graph.files("test", [test.path]) : graph.absent(),
    },
  });

  const { threads: _threads, memory: _memory, ...params } = config.train;
  const previous = params.init === "previous"
    ? graph.earlier("previous", config.export.dir)
    : graph.absent<never>();
  const fit = graph.add(train, {
    params,
    inputs: {
      train: parts.train,
      split: parts.summary,
      previous,
      // Names and brands are none of a fit's concern, unless it must tell who is who.
      users: params.init === "previous" ? data.users : graph.absent(),
      items: params.init === "previous" ? data.items : graph.absent(),
    },
  });

  const quality = graph.add(evaluate, {
    params: { ...config.evaluate, model: config.train.model },
    inputs: {
      train: parts.train,
      test: parts.test,
      split: parts.summary,
      factors: fit.factors,
      users: data.users,
      items: data.items,
      truth,
    },
  });

  const model = graph.add(exportModel, {
    params: { refit: config.export.refit, train: params },
    inputs: {
      interactions: data.interactions,
      train: parts.train,
      split: parts.summary,
      users: data.users,
      items: data.items,
      report: data.report,
      factors: fit.factors,
      history: fit.history,
      metrics: quality.metrics,
      previous,
    },
  });
  graph.publish(model.model, config.export.dir);
  return graph;
}
