import assert from "node:assert/strict";
import { fit } from "../../pipeline/als/fit.ts";
import { buyers, learnedColumns, type Model } from "../../pipeline/als/model.ts";
import type { TrainHistory } from "../../pipeline/als/history.ts";
import { trainSchema } from "../../pipeline/config/train.ts";
import { type Interactions, pairs } from "../../pipeline/data/interactions.ts";
import { tablesOf } from "../../pipeline/data/memory.ts";
import type { IngestReport } from "../../pipeline/data/report.ts";
import type { SplitSummary } from "../../pipeline/data/split.ts";
import { definitions, type Evaluation } from "../../pipeline/metrics/evaluation.ts";
import { METHODS } from "../../pipeline/metrics/verdicts.ts";
import { exportModel } from "../../pipeline/stages/export.ts";
import { summary } from "../support/groups.ts";
import { runStage } from "../support/run_stage.ts";
import { modelOf, purchases } from "../support/shop.ts";

const { threads: _threads, ...params } = trainSchema.parse({ factors: 6, iterations: 9 });
const { interactions, users, items } = tablesOf(purchases(30, 20));

/** The purchases of the users below `below`: a training part that lacks whole users. */
function firstUsers(all: Interactions, below: number): Interactions {
  const length = all.user.findIndex((user) => user >= below);
  return {
    ...all,
    user: all.user.slice(0, length),
    item: all.item.slice(0, length),
    quantity: all.quantity.slice(0, length),
  };
}

async function inputs() {
  const train = firstUsers(interactions, 25);
  const { factors, history } = await fit(train, params, { sweeps: 4 });
  return {
    interactions,
    train,
    users,
    items,
    factors,
    history: { ...history, selection: null } satisfies TrainHistory,
    split,
    report,
    metrics: evaluation,
  };
}

Deno.test("refit: the exported factors are one more fit with as many sweeps on everything", async () => {
  await using outputs = await runStage(exportModel, {
    params: { refit: true, train: params },
    inputs: await inputs(),
  });
  const model = await outputs.model.read();
  const { factors } = await fit(interactions, params, { sweeps: 4 });
  assert.deepEqual(model.userFactors, factors.user);
  assert.deepEqual(model.itemFactors, factors.item);
  assert.equal(model.seen.indices.length, interactions.user.length);
  assert.equal(model.popularity.reduce((sum, n) => sum + n, 0), interactions.user.length);
  const { manifest } = model;
  assert.equal(manifest.fittedOn, "all");
  assert.equal(manifest.metricsFittedOn, "train");
  assert.equal(manifest.sweeps, 4);
  assert.equal(manifest.integerItemIds, true);
  assert.deepEqual(manifest.ingest, {
    rows: { read: 3, kept: 1, dropped: 2 },
    dropped: { "missing user": 2 },
    outliers: { action: "report", rows: 0 },
    bots: null,
  });
  assert.deepEqual(manifest.metrics, { "ndcg@10": 0.5 });
  assert.deepEqual(manifest.baselines, { popularity: { "ndcg@10": 0.25 } });
});

/** Purchases with times: one a day. */
function timed(all: Interactions): Interactions {
  return { ...all, time: Float64Array.from(all.user, (_, at) => at * 86_400) };
}
const lastDay = new Date((interactions.user.length - 1) * 86_400_000).toISOString();

Deno.test("refit: with a trend, made of everything, and said in the manifest", async () => {
  const trend = { halfLife: 14, weight: 1 };
  const all = timed(interactions);
  await using outputs = await runStage(exportModel, {
    params: { refit: true, train: { ...params, trend } },
    inputs: { ...await inputs(), interactions: all },
  });
  const model = await outputs.model.read();
  const { factors } = await fit(all, { ...params, trend }, { sweeps: 4 });
  assert.deepEqual(model.itemFactors, factors.item);
  assert.equal(model.itemFactors.cols, 7);
  assert.equal(learnedColumns(model), 6);
  assert.equal(model.manifest.trendColumns, 1);
  assert.equal(model.manifest.fittedUntil, lastDay);
});

Deno.test("refit: from the last export, and what that knew is known still", async () => {
  const earlier = (await fit(interactions, { ...params, seed: 3 }, { sweeps: 5 })).factors;
  const given = { ...await inputs(), interactions: timed(interactions) };
  const previous = (fittedUntil: string | undefined): Model => ({
    ...modelOf({ users: users.length, items: items.length, factors: 6 }),
    userFactors: earlier.user,
    itemFactors: earlier.item,
    users,
    items,
    seen: pairs(interactions),
    popularity: buyers(pairs(interactions)),
    manifest: { ...modelOf().manifest, model: `sha256:${"b".repeat(64)}`, fittedUntil },
  });
  const train = { ...params, init: "previous" } as const;
  const exported = async (fittedUntil: string | undefined, refit = true) => {
    const all = { ...given, previous: previous(fittedUntil) };
    await using outputs = await runStage(exportModel, { params: { refit, train }, inputs: all });
    return await outputs.model.read();
  };
  const model = await exported("1970-01-05T00:00:00.000Z");
  const { factors } = await fit(interactions, params, { sweeps: 4, start: earlier });
  assert.deepEqual(model.userFactors, factors.user);
  assert.equal(model.manifest.startedFrom, `sha256:${"b".repeat(64)}`);
  assert.equal(model.manifest.fittedUntil, lastDay);
  const later = "2024-01-05T00:00:00.000Z";
  assert.equal((await exported(later)).manifest.fittedUntil, later);
  assert.equal((await exported(undefined)).manifest.fittedUntil, undefined);

  // Without a refit the fit that was measured is exported: it says what it started from.
  const plain = await exported(later, false);
  assert.equal(plain.manifest.startedFrom, undefined);
  assert.equal(plain.manifest.fittedUntil, undefined);
});

Deno.test("without refit: the evaluated factors, and what was bought in the training part", async () => {
  const given = await inputs();
  await using outputs = await runStage(exportModel, {
    params: { refit: false, train: params },
    inputs: given,
  });
  const model = await outputs.model.read();
  assert.equal(model.manifest.fittedOn, "train");
  assert.deepEqual(model.userFactors, given.factors.user);
  assert.deepEqual(model.itemFactors, given.factors.item);
  assert.equal(model.seen.indices.length, given.train.user.length);
  assert.equal(model.seen.rows, users.length);
});

const part = { interactions: 1, users: 1, pairs: 1 };
const split: SplitSummary = {
  ...summary("random"),
  ...{ requested: "auto", leaks: "Time", days: 28, heldOut: { users: 0.1, foldIn: 0.8 }, seed: 42 },
  ...{ train: part, test: part },
};

const report: IngestReport = {
  rows: { read: 3, kept: 1, dropped: 2 },
  dropped: { "missing user": { rows: 2, examples: [] } },
  outliers: { action: "report", maxQuantity: 100, rows: 0, examples: [] },
  bots: null,
  duplicateRows: 0,
  users: users.length,
  items: items.length,
  interactions: 1,
  pairs: 1,
  returns: 0,
  renamed: { items: 0, examples: [] },
  catalogue: null,
  columns: {
    user: "u",
    item: "i",
    quantity: null,
    time: null,
    name: [],
    brand: null,
    attributes: [],
    ignored: [],
  },
  timed: false,
  first: null,
  last: null,
  integerItemIds: true,
};

const evaluation: Evaluation = {
  model: "als",
  users: 1,
  coldUsers: 0,
  relevant: 1,
  unknownTestItems: 0,
  unknownTestPairs: 0,
  catalogue: items.length,
  k: [10],
  target: "new",
  intervals: {},
  comparisons: [],
  significance: { level: 0.95, resamples: 1, flips: 1, seed: 1, ...METHODS },
  models: { als: { "ndcg@10": 0.5 }, popularity: { "ndcg@10": 0.25 } },
  baselines: {},
  ceiling: null,
  slices: [],
  ...definitions(),
};
