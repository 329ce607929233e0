import assert from "node:assert/strict";
import { rollingTable } from "../../pipeline/commands/rolling_table.ts";
import { significance } from "../../pipeline/metrics/comparisons.ts";
import { definitions, type Evaluation } from "../../pipeline/metrics/evaluation.ts";
import { mean } from "../../pipeline/metrics/ranking.ts";
import { type CutResult, poolCuts, rollingFormat } from "../../pipeline/metrics/rolling.ts";
import { summary } from "../support/groups.ts";

const options = { seed: 1, resamples: 500, level: 0.95 };

/** A cut at which `users` have these values of NDCG@10 by "als", and half of them by "popularity". */
function cut(day: number, users: number[], values: number[], only?: "als"): CutResult {
  const als = { "ndcg@10": Float64Array.from(values), "map@10": Float64Array.from(values) };
  const half = (of: Float64Array) => of.map((value) => value / 2);
  const popularity = { "ndcg@10": half(als["ndcg@10"]), "map@10": half(als["map@10"]) };
  const models = { als, ...(only ? {} : { popularity }) };
  const figures: Evaluation["models"] = {};
  for (const [name, metrics] of Object.entries(models)) {
    figures[name] = { "ndcg@10": mean(metrics["ndcg@10"]), "map@10": mean(metrics["map@10"]) };
    figures[name]["coverage@10"] = values.length / 10;
  }
  const evaluation: Evaluation = {
    baselines: {},
    slices: [],
    ...{ model: "als", users: users.length, coldUsers: 0, relevant: 9, catalogue: 50 },
    ...{ unknownTestItems: 0, unknownTestPairs: 0, k: [10], target: "new", models: figures },
    ...significance(models, "als", [10], options),
    ceiling: null,
    ...definitions(),
  };
  return {
    split: { ...summary("temporal"), cut: day * 86_400 },
    evaluation,
    perUser: { users: Uint32Array.from(users), models },
  };
}

const near = (actual: number | null | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-12, `${actual} is not ${expected}`);

Deno.test("rolling: figures by cut, their mean and spread, and the mean over all users of all cuts", async () => {
  const rolling = poolCuts(
    [cut(10, [0, 1], [0.2, 0.4]), cut(20, [1, 2, 5], [0.1, 0.5, 0.9])],
    options,
  );
  assert.deepEqual(rolling.cuts.map(({ cut, users }) => [cut, users]), [[864_000, 2], [
    1_728_000,
    3,
  ]]);
  const { users, values, models, intervals, comparisons } = rolling.pooled;
  assert.deepEqual([users, values], [4, 5]);
  const ndcg = models.als?.["ndcg@10"];
  near(ndcg?.mean, (0.3 + 0.5) / 2);
  near(ndcg?.sd, Math.sqrt(2 * 0.1 ** 2));
  near(ndcg?.pooled, 2.1 / 5);
  // Coverage is no mean over users: a mean of cuts it has.
  near(models.als?.["coverage@10"]?.mean, 0.25);
  assert.equal(models.als?.["coverage@10"]?.pooled, null);
  const [low = NaN, high = NaN] = intervals.als?.["ndcg@10"] ?? [];
  assert.ok(low < 0.42 && 0.42 < high);
  assert.deepEqual(
    comparisons.map(({ metric, baseline }) => `${metric} ${baseline}`),
    ["ndcg@10 popularity", "map@10 popularity"],
  );
  near(comparisons[0]?.difference, 0.21);

  const path = await Deno.makeTempFile({ suffix: ".json" });
  await rollingFormat.write(path, rolling);
  assert.deepEqual(await rollingFormat.read(path), rolling);
  await Deno.remove(path);

  const table = rollingTable(rolling);
  assert.match(
    table,
    /^Rolling origin: 2 cuts, 5 evaluations of 4 users pooled, 95 % intervals\.$/m,
  );
  assert.match(table, /^ndcg@10 +users +als +popularity\n1970-01-11 +2 +0\.3000 +0\.1500$/m);
  assert.match(table, /^mean +0\.4000 +0\.2000\nsd +0\.1414 +0\.0707\npooled +0\.4200 +0\.2100$/m);
  assert.match(table, /^popularity +ndcg@10 +0\.2100 /m);
});

Deno.test("rolling: a user of several cuts is one: intervals do not narrow by repeating them", () => {
  const users = Array.from({ length: 40 }, (_, n) => n);
  const values = users.map((n) => (n * 7 % 11) / 11);
  const width = (results: CutResult[]) => {
    const [low = NaN, high = NaN] = poolCuts(results, options).pooled.intervals.als?.["ndcg@10"] ??
      [];
    return high - low;
  };
  const same = width([1, 2, 3, 4].map((day) => cut(day, users, values)));
  const others = width([1, 2, 3, 4].map((day) => cut(day, users.map((n) => n + 40 * day), values)));
  // Four times as many users of their own: half as wide.
  assert.ok(same > 1.6 * others, `${same} and ${others}`);
});

Deno.test("rolling: a model that a cut lacks is not pooled; what does not fit together is refused", () => {
  const one = cut(1, [0, 1], [0.5, 0.25]);
  const two = cut(2, [0, 1], [0.5, 0.25], "als");
  const { cuts, pooled } = poolCuts([one, two], options);
  assert.deepEqual(Object.keys(pooled.models), ["als"]);
  assert.deepEqual(Object.keys(cuts[0]?.models ?? {}), ["als", "popularity"]);
  assert.throws(() => poolCuts([one], options), /needs two cuts, there are 1/);
  const all = { ...two, evaluation: { ...two.evaluation, target: "all" as const } };
  assert.throws(() => poolCuts([one, all], options), /at other k or targets/);
});
