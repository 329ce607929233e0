import assert from "node:assert/strict";
import { trainSchema } from "../../pipeline/config/train.ts";
import { mean } from "../../pipeline/metrics/ranking.ts";
import { train } from "../../pipeline/stages/train.ts";
import { type Judging, TRIAL } from "../../pipeline/stages/judging.ts";
import { baselineTrial } from "../../pipeline/stages/baseline_trial.ts";
import { trial } from "../../pipeline/stages/trial.ts";
import { trialTrainSchema } from "../../pipeline/tune/factor_model.ts";
import { DAY, groups, summary } from "../support/groups.ts";
import { runStage } from "../support/run_stage.ts";

const { threads: _, ...full } = trainSchema.parse({
  ...{ solver: "reference", factors: 4, iterations: 6, alpha: 5, lambda: 0.5 },
  trend: { halfLife: 14, weight: 0.5 },
});
const judging: Judging = {
  cut: {
    ...{ strategy: "temporal", days: 15, gapDays: 0, fraction: 0.2 },
    heldOut: { users: 0.1, foldIn: 0.8 },
  },
  users: null,
  metric: "ndcg@10",
  target: "new",
  seed: 42,
  windows: 1,
};

const params = { train: trialTrainSchema.strip().parse(full), judging };

Deno.test("trial: its figures are those by which the train stage chooses its sweeps", async () => {
  const interactions = groups(true);
  await using trained = await runStage(train, {
    params: full,
    inputs: { train: interactions, split: summary("temporal") },
  });
  const { selection, chosen } = await trained.history.read();
  await using tried = await runStage(trial, { params, inputs: { train: interactions } });
  const result = await tried.result.read();
  assert.ok(selection);
  assert.deepEqual(result.sweeps, selection.sweeps);
  assert.equal(result.chosen, chosen);
  assert.equal(result.users, selection.users);
  assert.equal(result.figure, selection.sweeps[chosen - 1]?.validation);
  const { users, models } = await tried.perUser.read();
  const values = models[TRIAL]?.["ndcg@10"];
  assert.ok(values);
  assert.deepEqual([users.length, mean(values)], [result.users, result.figure]);
  assert.deepEqual(await trial.metrics?.(tried), {
    figure: result.figure,
    sweeps: chosen,
    users: result.users,
  });
});

Deno.test("trial: its one input is the training part", () => {
  for (const stage of [trial, baselineTrial]) {
    assert.deepEqual(Object.keys(stage.inputs), ["train"]);
  }
});

Deno.test("trial: a baseline of each kind is judged by the same users", async () => {
  const decay = { halfLife: 30 };
  const trend = { halfLife: 14, weight: 0.1 };
  const kinds = [
    { name: "recentPopularity", params: { halfLife: 30, window: null } },
    { name: "itemKnn", params: { ...decay, trend } },
    { name: "ease", params: { ...decay, trend: null, lambda: 5 } },
    { name: "buyAgain", params: decay },
  ];
  await using model = await runStage(trial, { params, inputs: { train: groups(true) } });
  const { users } = await model.perUser.read();
  for (const baseline of kinds) {
    const parsed = baselineTrial.params.parse({ baseline, judging: params.judging });
    await using out = await runStage(baselineTrial, {
      params: parsed,
      inputs: { train: groups(true) },
    });
    const judged = await out.perUser.read();
    assert.deepEqual(judged.users, users);
    const values = judged.models[TRIAL]?.["ndcg@10"];
    assert.ok(values);
    assert.equal((await out.result.read()).figure, mean(values));
  }
});

Deno.test("trial: fewer users, another metric, another target", async () => {
  const judged = async (other: Partial<Judging>) => {
    await using out = await runStage(trial, {
      params: { ...params, judging: { ...judging, ...other } },
      inputs: { train: groups(true) },
    });
    return await out.result.read();
  };
  assert.equal((await judged({ users: 5 })).users, 5);
  assert.notEqual((await judged({ metric: "map@3" })).figure, (await judged({})).figure);
  await assert.rejects(
    judged({ metric: "coverage@10" }),
    /no "coverage@10" of one user: map, ndcg/,
  );
});

Deno.test("trial: where nobody can be judged, it says what to do", async () => {
  const single = {
    ...{ users: 2, items: 2, user: Uint32Array.of(0, 1), item: Uint32Array.of(0, 1) },
    ...{ quantity: Float64Array.of(1, 1), time: undefined },
  };
  const random: Judging = { ...judging, cut: { ...judging.cut, strategy: "random" } };
  await assert.rejects(
    runStage(trial, { params: { ...params, judging: random }, inputs: { train: single } }),
    /No user of the training part can be validated on: .*add purchases/,
  );
});

Deno.test("trial: several windows are judged one before the other, as one", async () => {
  const judged = async (windows: number, interactions = groups(true)) => {
    await using out = await runStage(trial, {
      params: { ...params, judging: { ...judging, windows } },
      inputs: { train: interactions },
    });
    return { ...await out.result.read(), perUser: await out.perUser.read() };
  };
  const [one, two] = [await judged(1), await judged(2)];
  assert.deepEqual([one.windows, two.windows], [1, 2]);
  assert.ok(two.users > one.users);
  const [first, both] = [one, two].map(({ perUser }) => perUser.models[TRIAL]?.["ndcg@10"]);
  assert.ok(first && both);
  assert.equal(mean(both), two.figure);
  assert.deepEqual(two.perUser.users.subarray(0, one.users), one.perUser.users);
  // The earlier window is that of a training part that ends where the later one is cut.
  const { time } = groups(true);
  const cut = 70 * DAY;
  const keep = (_: number, n: number) => (time?.[n] ?? 0) <= cut;
  const all = groups(true);
  const before = await judged(1, {
    ...all,
    ...{ user: all.user.filter(keep), item: all.item.filter(keep) },
    ...{ quantity: all.quantity.filter(keep), time: all.time?.filter(keep) },
  });
  assert.deepEqual(two.perUser.users.subarray(one.users), before.perUser.users);
  // Half of the time is left to fit: no more windows than that.
  assert.ok((await judged(10)).windows < 6);
});
