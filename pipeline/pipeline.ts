/** The pipeline: which stage feeds which. Read this page first. */
import type { Config } from "./config.ts";
import { likeModel } from "./config/baselines.ts";
import { atCut, type CutConfig, earlierCuts } from "./config/cuts.ts";
import type { Interactions } from "./data/interactions.ts";
import type { Truth } from "./data/sample/truth.ts";
import { Graph, type Ref } from "./engine/graph.ts";
import { baselineTrial } from "./stages/baseline_trial.ts";
import { evaluate } from "./stages/evaluate.ts";
import { exportModel } from "./stages/export.ts";
import { fetchFrom, type Table, TABLES } from "./stages/fetch.ts";
import { foldIn } from "./stages/fold_in.ts";
import { ingest } from "./stages/ingest.ts";
import { cutInputs, rolling } from "./stages/rolling.ts";
import { sample } from "./stages/sample.ts";
import { split } from "./stages/split.ts";
import { train } from "./stages/train.ts";
import { trial } from "./stages/trial.ts";

/** Where a run without purchases of the user's own puts the generated ones. */
export const SAMPLE_PATH = "data/sample.csv";

/** Wires the stages for a config: ingest, split, train, evaluate, export. */
export function buildPipeline(config: Config): Graph {
  const graph = new Graph();
  const data = addData(graph, config);

  // The cuts before the main one, the earliest first: measured, never exported.
  const earlier = earlierCuts(config.split).map((cut, n) => {
    const { train, evaluate } = atCut(config, n);
    // An export has seen what these are tested on.
    const at: CutConfig = { train: { ...train, init: "fresh" }, evaluate };
    return addMeasured(graph, config, at, data, { ...cut, suffix: `@${n + 1}` });
  });
  const { cut } = config.split;
  const main = addMeasured(graph, config, config, data, { cut, earlierDays: 0, suffix: "" });
  if (earlier.length > 0) {
    const measured = [...earlier, main].map(({ parts, quality }) => ({
      split: parts.summary,
      metrics: quality.metrics,
      perUser: quality.perUser,
    }));
    graph.add(rolling(measured.length), {
      params: config.evaluate.significance,
      inputs: cutInputs(measured),
    });
  }

  const { parts, fit, quality, params, previous } = main;
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

/** The purchases as tables: the user's own, or the sample shop's with the truth behind them. */
function addData(graph: Graph, config: Config) {
  const { interactions: purchases, items: catalogue, events, exclude } = config.source;
  let source: Ref<readonly string[]>;
  let truth: Ref<Truth | undefined> = graph.absent();
  const fetched = addFetch(graph, config);
  if (fetched.interactions !== undefined) {
    source = fetched.interactions;
  } else if (purchases.path === undefined) {
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
      catalogue: fetched.items ??
        (catalogue.path ? graph.files("catalogue", [catalogue.path]) : graph.absent()),
      events: events.path ? graph.files("events", [events.path].flat()) : graph.absent(),
      excluded: exclude.path ? graph.files("excluded", [exclude.path].flat()) : graph.absent(),
    },
  });
  return { ...data, truth };
}

/** What comes out of databases; those of one URL are read together. */
function addFetch(
  graph: Graph,
  { source: { interactions, items, refresh } }: Config,
): { readonly [K in Table]?: Ref<readonly string[]> } {
  const from = (url: string | undefined, query: string | undefined) =>
    url === undefined || query === undefined ? undefined : { url, query };
  const asked = {
    interactions: from(interactions.url, interactions.query),
    items: from(items.url ?? interactions.url, items.query),
  };
  const tables = TABLES.filter((table) => asked[table] !== undefined);
  if (tables.length === 0) return {};
  return graph.add(fetchFrom(tables, refresh), { params: asked, inputs: {} });
}

/** A split, a fit and its evaluation; `suffix` tells instances apart where there are several cuts. */
function addMeasured(
  graph: Graph,
  config: Config,
  at: CutConfig,
  data: ReturnType<typeof addData>,
  { cut, earlierDays, suffix }: { cut: string | null; earlierDays: number; suffix: string },
) {
  const { test, rolling: _rolling, ...strategy } = config.split;
  const parts = graph.add(split, {
    as: split.name + suffix,
    params: { ...strategy, cut, earlierDays, columns: config.source.interactions.columns },
    inputs: {
      interactions: data.interactions,
      users: data.users,
      items: data.items,
      given: test ? graph.files("test", [test.path]) : graph.absent(),
    },
  });

  const { threads: _threads, memory: _memory, spark: _spark, ...params } = at.train;
  const previous = params.init === "previous"
    ? graph.earlier("previous", config.export.dir)
    : graph.absent<never>();
  const fit = graph.add(train, {
    as: train.name + suffix,
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

  const heldOut = config.split.strategy === "held-out-users";
  const folded = heldOut
    ? graph.add(foldIn, {
      params,
      inputs: { train: parts.train, foldIn: parts.foldIn, factors: fit.factors },
    })
    : fit;
  const quality = graph.add(evaluate, {
    as: evaluate.name + suffix,
    params: {
      ...at.evaluate,
      baselines: likeModel(at.evaluate.baselines, at.train),
      model: at.train.model,
    },
    inputs: {
      train: parts.train,
      foldIn: heldOut ? parts.foldIn : graph.absent(),
      test: parts.test,
      split: parts.summary,
      factors: folded.factors,
      users: data.users,
      items: data.items,
      truth: data.truth,
    },
  });
  return { parts, fit, quality, params, previous };
}

type ParamsOf<S extends { readonly run: (context: never) => unknown }> =
  Parameters<S["run"]>[0] extends { readonly params: infer P } ? P : never;

/** Params to try, as the stage takes them that is to try them. */
export type Trial =
  | { readonly kind: "factors"; readonly params: ParamsOf<typeof trial> }
  | { readonly kind: "baseline"; readonly params: ParamsOf<typeof baselineTrial> };

/**
 * Adds trials, by name, to a graph that has a stage `parts` which splits. They are given its training
 * part alone: what they are judged by is cut from that.
 */
export function addTrials(graph: Graph, trials: ReadonlyMap<string, Trial>, parts: string): void {
  const train: Ref<Interactions> = { node: parts, output: "train" };
  for (const [as, { kind, params }] of trials) {
    if (kind === "factors") graph.add(trial, { as, params, inputs: { train } });
    else graph.add(baselineTrial, { as, params, inputs: { train } });
  }
}
