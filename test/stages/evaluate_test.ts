import assert from "node:assert/strict";
import { evaluateSchema } from "../../pipeline/config/evaluate.ts";
import { pairs } from "../../pipeline/data/interactions.ts";
import { mean } from "../../pipeline/metrics/ranking.ts";
import { evaluate } from "../../pipeline/stages/evaluate.ts";
import { chooseUser, KNOWN_CUSTOMER } from "../../pipeline/stages/example.ts";
import {
  factors,
  interactions,
  items,
  shape,
  split,
  test,
  train,
  truth,
  users,
} from "../support/measured.ts";
import { runStage } from "../support/run_stage.ts";

const inputs = { train, test, split, factors, users, items, truth: undefined };
const significance = { resamples: 200, level: 0.95, seed: 1 };
const none = { popularity: {}, recentPopularity: null, itemKnn: null, ease: null, buyAgain: null };
const params = {
  ...evaluateSchema.parse({ k: [3, 1], significance, baselines: none }),
  model: "als",
};

const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-12, `${actual} is not ${expected}`);

Deno.test("evaluate measures the model and popularity on the same users", async () => {
  const progress: number[] = [];
  await using out = await runStage(evaluate, {
    params,
    inputs,
    report: { log() {}, progress: (done, total) => progress.push(done / total) },
  });
  const evaluation = await out.metrics.read();
  const { users, coldUsers, relevant, unknownTestItems, unknownTestPairs, k } = evaluation;
  assert.deepEqual({ users, coldUsers, relevant, unknownTestItems, unknownTestPairs, k }, {
    users: 3,
    coldUsers: 1,
    relevant: 4,
    unknownTestItems: 1,
    unknownTestPairs: 1,
    k: [1, 3],
  });
  assert.deepEqual(Object.keys(evaluation.models), ["als", "popularity"]);
  assert.deepEqual(evaluation.baselines, { popularity: { params: {}, note: null } });
  const { als, popularity } = evaluation.models;
  // User 0: hit at rank 1 of {2}; user 1: ranks 2, 3 of {1, 4}; user 2: rank 3 of {0}.
  near(als?.["recall@1"], 1 / 3);
  near(als?.["mrr@3"], (1 + 1 / 2 + 1 / 3) / 3);
  near(als?.["map@3"], (1 + (1 / 2 + 2 / 3) / 2 + 1 / 3) / 3);
  near(als?.["precision@3"], (1 / 3 + 2 / 3 + 1 / 3) / 3);
  // User 1: (1/log2(3) + 1/log2(4)) / (1 + 1/log2(3)); user 2: 1/log2(4).
  near(als?.["ndcg@3"], (1 + (1 / Math.log2(3) + 0.5) / (1 + 1 / Math.log2(3)) + 0.5) / 3);
  // First places: items 2, 3, 4 of 5.
  near(als?.["coverage@1"], 3 / 5);
  // Popularity, seen removed: user 0: 2 3 4; user 1: 1 3 4; user 2: 0 2 4.
  near(popularity?.["mrr@3"], 1);
  near(popularity?.["coverage@1"], 3 / 5);
  assert.equal(evaluation.ceiling, null);
  assert.match(evaluation.definitions.precision?.denominator ?? "", /k, however short/);
  // No figure without its definition, and none defined that is not there.
  const defined = new Set(Object.keys(als ?? {}).map((key) => key.split("@")[0]));
  assert.deepEqual([...defined].sort(), Object.keys(evaluation.definitions).sort());
  for (const { ties, users, source } of Object.values(evaluation.definitions)) {
    assert.ok(ties !== "" && users !== "" && source !== "");
  }

  const perUser = await out.perUser.read();
  assert.deepEqual([...perUser.users], [0, 1, 2]);
  for (const [model, figures] of Object.entries(perUser.models)) {
    for (const [metric, values] of Object.entries(figures)) {
      assert.equal(mean(values), evaluation.models[model]?.[metric]);
    }
  }
  assert.deepEqual([...perUser.models.als?.["mrr@3"] ?? []], [1, 1 / 2, 1 / 3]);

  const { intervals, comparisons } = evaluation;
  assert.deepEqual(Object.keys(intervals), ["als", "popularity"]);
  const [low = NaN, high = NaN] = intervals.als?.["mrr@3"] ?? [];
  assert.ok(low >= 1 / 3 && low <= high && high <= 1);
  assert.deepEqual(
    comparisons.map(({ baseline, metric, verdict }) => [baseline, metric, verdict]),
    ["ndcg@1", "map@1", "ndcg@3", "map@3"].map((metric) => [
      "popularity",
      metric,
      "not told apart",
    ]),
  );

  const flat = await evaluate.metrics?.(out);
  assert.equal(flat?.["ndcg@3"], als?.["ndcg@3"]);
  assert.equal(flat?.["popularity/ndcg@3"], popularity?.["ndcg@3"]);
  // The lock file has all figures of the model, of others the chief ones.
  assert.equal(flat?.["novelty@3"], als?.["novelty@3"]);
  assert.ok(popularity && "novelty@3" in popularity && !("popularity/novelty@3" in (flat ?? {})));
  assert.equal(progress.at(-1), 1);
});

Deno.test("slices have every model but the truth, and can be left out", async () => {
  await using out = await runStage(evaluate, { params, inputs: { ...inputs, truth } });
  const { slices, models, users: tested } = await out.metrics.read();
  assert.deepEqual(slices.map(({ by, attribute }) => attribute ?? by), [
    "activity",
    "popularity",
    "age",
    "brand",
  ]);
  for (const { groups } of slices) {
    for (const group of groups) {
      assert.deepEqual(Object.keys(group.models), Object.keys(models));
      assert.ok("ndcg@3" in (group.models.als ?? {}) && "recall@1" in (group.models.als ?? {}));
    }
  }
  // All of the three have two items from training: one group, with the figures of everybody.
  const [everybody] = slices[0]?.groups ?? [];
  assert.deepEqual([everybody?.name, everybody?.users], ["2", tested]);
  assert.equal(everybody?.models.als?.["ndcg@3"], models.als?.["ndcg@3"]);

  await using none = await runStage(evaluate, { params: { ...params, slices: null }, inputs });
  assert.deepEqual((await none.metrics.read()).slices, []);
  const missing = { ...params, slices: { groups: 4, attributes: ["colour"], largest: 20 } };
  await assert.rejects(
    runStage(evaluate, { params: missing, inputs }),
    /has "colour", which items/,
  );
});

Deno.test("targets: what was bought before, and everything", async () => {
  await using repeat = await runStage(evaluate, {
    params: { ...params, k: [1], target: "repeat" as const },
    inputs,
  });
  const again = await repeat.metrics.read();
  // Only user 2 buys item 1 again; of its items 1 and 3 the model puts 3 first.
  assert.equal(again.users, 1);
  assert.equal(again.models.als?.["recall@1"], 0);
  assert.equal(again.models.popularity?.["recall@1"], 1);

  await using all = await runStage(evaluate, {
    params: { ...params, k: [2], target: "all" as const },
    inputs,
  });
  const any = await all.metrics.read();
  assert.equal(any.users, 3);
  // With seen items: user 0: 0 1, user 1: 0 3, user 2: 4 3: no hit; popularity: 0 1 for everybody.
  assert.equal(any.models.als?.["recall@2"], 0);
  near(any.models.popularity?.["recall@2"], (0 + 1 / 2 + 1) / 3);
});

Deno.test("on the sample the truth is the ceiling, with what synthetic figures mean", async () => {
  await using out = await runStage(evaluate, {
    params: { ...params, k: [1] },
    inputs: { ...inputs, truth },
  });
  const { ceiling, models, intervals } = await out.metrics.read();
  // The truth puts 2 first for ann, 1 for bob and 0 for cleo, each by its id.
  assert.equal(ceiling?.figures["ndcg@1"], 1);
  assert.deepEqual(Object.keys(intervals), ["als", "popularity"], "the ceiling is no model");
  assert.match(ceiling?.note ?? "", /generated.*not that the model is good/);
  assert.deepEqual(Object.keys(models), ["als", "popularity"]);
});

Deno.test("where others than the sample's customers bought, there is no ceiling, and nothing fails", async () => {
  const lines: string[] = [];
  const partial = { ...truth, users: ["ann", "bob", "cleo", "eve"] };
  await using out = await runStage(evaluate, {
    params,
    inputs: { ...inputs, truth: partial },
    report: { log: (line) => lines.push(line), progress() {} },
  });
  assert.equal((await out.metrics.read()).ceiling, null);
  assert.ok(lines.some((line) => line.startsWith("no ceiling")), lines.join());
});

Deno.test("the example shows a customer's last purchases and top-5 by name", async () => {
  const known = ["ann", "bob", KNOWN_CUSTOMER, "dan"];
  await using out = await runStage(evaluate, {
    params: { ...params, k: [1] },
    inputs: { ...inputs, users: known },
  });
  assert.deepEqual(await out.example.read(), {
    customer: KNOWN_CUSTOMER,
    bought: 2,
    purchases: [
      { id: "b", name: "Item b", brand: "Fjellby", quantity: 1, date: "1970-01-07" },
      { id: "d", name: "Item d", brand: null, quantity: 1, date: "1970-01-07" },
    ],
    recommendations: [
      { id: "e", name: "Item e", brand: "Fjellby", score: -5, hit: false },
      { id: "c", name: "Item c", brand: "Fjellby", score: -7, hit: false },
      { id: "a", name: "Item a", brand: "Fjellby", score: -9, hit: true },
    ],
  });
});

Deno.test("without the known customer a typical one is shown", () => {
  const matrix = pairs(train);
  // Users 0, 1 and 2 have two items each: the middle one by index.
  assert.equal(chooseUser(users, matrix, Uint32Array.of(0, 1, 2)), 1);
  // A known customer without training purchases is no example.
  assert.equal(chooseUser(["ann", "bob", "cleo", KNOWN_CUSTOMER], matrix, Uint32Array.of(2)), 2);
  assert.throws(() => chooseUser(users, matrix, new Uint32Array()), /no customer to show/);
});

Deno.test("nobody to test and foreign factors end with the remedy", async () => {
  const cold = interactions(shape, [[3, 0, 40, 1]]);
  await assert.rejects(
    runStage(evaluate, { params: { ...params, k: [1] }, inputs: { ...inputs, test: cold } }),
    /Nobody can be tested: .*\(1 test users have no training purchase\)\. Set evaluate.target/,
  );
  const foreign = { ...factors, user: { rows: 1, cols: 2, data: new Float32Array(2) } };
  await assert.rejects(
    runStage(evaluate, { params: { ...params, k: [1] }, inputs: { ...inputs, factors: foreign } }),
    /The factors are of 1 users, the training part has 4: train again/,
  );
});

Deno.test("users that training did not see are ranked for by what was folded in", async () => {
  const foldIn = interactions(shape, [[3, 0, 1, 1], [3, 1, 2, 1]]);
  const held = interactions(shape, [[3, 2, 3, 1], [3, 4, 3, 1]]);
  const user = Float32Array.of(1, 0, 0, 1, -1, 0, 1, 0);
  await using out = await runStage(evaluate, {
    params: { ...params, k: [1, 2] },
    inputs: {
      ...inputs,
      foldIn,
      test: held,
      factors: { ...factors, user: { rows: 4, cols: 2, data: user } },
    },
  });
  const { users, coldUsers, unknownTestItems, models } = await out.metrics.read();
  // Item 4 is unknown to training, though it stands in the catalogue.
  assert.deepEqual({ users, coldUsers, unknownTestItems }, {
    users: 1,
    coldUsers: 0,
    unknownTestItems: 1,
  });
  // Without what was folded in, items 0 and 1 would stand before item 2.
  near(models.als?.["mrr@1"], 1);
  near(models.popularity?.["mrr@1"], 1);
  const example = await out.example.read();
  assert.deepEqual(example.purchases.map(({ id }) => id), ["b", "a"]);
});
