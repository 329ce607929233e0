import assert from "node:assert/strict";
import { reference } from "../../pipeline/als/reference.ts";
import { trainSchema } from "../../pipeline/config/train.ts";
import { type Interactions, pairs } from "../../pipeline/data/interactions.ts";
import type { Reporter } from "../../pipeline/engine/effects.ts";
import { train } from "../../pipeline/stages/train.ts";
import { validationSlice } from "../../pipeline/stages/validation.ts";
import { backendsHere } from "../als/backends_here.ts";
import { DAY, groups, summary } from "../support/groups.ts";
import { runStage } from "../support/run_stage.ts";

const { threads: _, ...params } = trainSchema.parse({
  solver: "reference",
  factors: 4,
  iterations: 6,
  alpha: 5,
  lambda: 0.5,
});

Deno.test("train: early stopping picks the sweeps, then the whole part is fitted with them", async () => {
  const lines: string[] = [];
  const report: Reporter = { log: (line) => void lines.push(line), progress() {} };
  const interactions = groups(true);
  const inputs = { train: interactions, split: summary("temporal") };
  await using outputs = await runStage(train, { params, inputs, report });
  const history = await outputs.history.read();
  const { selection } = history;
  assert.ok(selection);
  assert.equal(selection.slice, "temporal");
  assert.equal(selection.metric, "ndcg@10");
  const figures = selection.sweeps.map(({ validation }) => validation ?? NaN);
  assert.equal(history.chosen, figures.indexOf(Math.max(...figures)) + 1);
  assert.equal(history.sweeps.length, history.chosen);
  assert.equal(history.solver, "reference");
  assert.deepEqual(history.runtime, await reference.runtime());
  assert.match(lines.join("\n"), /is best on a temporal validation slice: NDCG@10.*over \d+ users/);
  assert.match(lines.join("\n"), /\d sweeps with 4 factors by reference \(arch /);

  const given = { ...params, earlyStopping: false, iterations: history.chosen };
  await using plain = await runStage(train, { params: given, inputs });
  assert.deepEqual(await plain.factors.read(), await outputs.factors.read());
  assert.equal((await plain.history.read()).selection, null);

  const metrics = await train.metrics?.(outputs);
  assert.deepEqual(metrics, {
    sweeps: history.chosen,
    objective: history.sweeps.at(-1)?.objective,
    "validation_ndcg@10": Math.max(...figures),
  });
});

Deno.test("train: the same bytes at any number of threads", async () => {
  const inputs = { train: groups(true), split: summary("temporal") };
  await using one = await runStage(train, { params, inputs, threads: 1 });
  await using four = await runStage(train, { params, inputs, threads: 4 });
  for (const output of ["factors", "history"] as const) {
    assert.deepEqual(
      await Deno.readFile(four[output].path),
      await Deno.readFile(one[output].path),
    );
  }
});

Deno.test("train: purchases without a user to validate on are fitted with all sweeps", async () => {
  const single: Interactions = {
    users: 2,
    items: 2,
    user: Uint32Array.of(0, 1),
    item: Uint32Array.of(0, 1),
    quantity: Float64Array.of(1, 1),
    time: undefined,
  };
  const lines: string[] = [];
  const report: Reporter = { log: (line) => void lines.push(line), progress() {} };
  const inputs = { train: single, split: summary("random") };
  await using outputs = await runStage(train, { params, inputs, report });
  const { chosen, selection, stopped } = await outputs.history.read();
  assert.deepEqual({ chosen, selection, stopped }, {
    chosen: 6,
    selection: null,
    stopped: "iterations",
  });
  assert.match(lines.join("\n"), /all 6 sweeps are done: set train\.iterations/);
});

Deno.test("train: the trend is appended, and what is validated has it", async () => {
  const inputs = { train: groups(true), split: summary("temporal") };
  const trend = { halfLife: 14, weight: 1 };
  await using outputs = await runStage(train, { params: { ...params, trend }, inputs });
  await using plain = await runStage(train, { params, inputs });
  const { user, item } = await outputs.factors.read();
  assert.deepEqual([user.cols, item.cols], [5, 5]);
  const [a, b] = [await outputs.history.read(), await plain.history.read()];
  assert.equal(a.selection?.sweeps[0]?.objective, b.selection?.sweeps[0]?.objective);
  assert.notEqual(a.selection?.sweeps[0]?.validation, b.selection?.sweeps[0]?.validation);
  const untimed = { ...groups(false) };
  await assert.rejects(
    runStage(train, {
      params: { ...params, trend },
      inputs: { train: untimed, split: summary("random") },
    }),
    /train\.trend .*no time/,
  );
});

Deno.test("train: what memory cannot hold is refused before anything starts", async () => {
  const inputs = { train: groups(true), split: summary("temporal") };
  await assert.rejects(
    runStage(train, { params, inputs, memory: 1e6 }),
    /30 users, 30 items and .* by "reference" needs about .* train\.memory/,
  );
  await using fits = await runStage(train, { params, inputs, memory: 1e9 });
  await using plain = await runStage(train, { params, inputs });
  assert.deepEqual(await fits.factors.read(), await plain.factors.read());
});

Deno.test("train: its runtime is the solver's, so that another backend trains again", async () => {
  assert.deepEqual(await train.runtime?.(params), await reference.runtime());
  const tfjs = await train.runtime?.({ ...params, solver: "tfjs" });
  assert.equal(tfjs?.backend, (await backendsHere())[0]?.name);
});

Deno.test("validation: a temporal slice holds nothing later than its cut, and only new items", () => {
  const interactions = groups(true);
  const slice = validationSlice(interactions, summary("temporal"), 1);
  assert.ok(slice?.fit.time);
  // 90 days of training: the last 15 of them are set aside.
  assert.equal(Math.max(...slice.fit.time), 70 * DAY);
  const bought = pairs(slice.fit);
  slice.users.forEach((user, r) => {
    const before = bought.indices.subarray(bought.indptr[user], bought.indptr[user + 1]);
    assert.ok(before.length > 0);
    const { indptr, indices } = slice.relevant;
    const wanted = indices.subarray(indptr[r], indptr[r + 1]);
    assert.ok(wanted.length > 0 && wanted.every((item) => !before.includes(item)));
  });
});

Deno.test("validation: short training gives at most a fifth of its time", () => {
  const slice = validationSlice(groups(true), { ...summary("temporal"), days: 365 }, 1);
  assert.ok(slice?.fit.time);
  assert.equal(Math.max(...slice.fit.time), 70 * DAY);
});

Deno.test("validation: the other strategies are followed, and the seed decides a random one", () => {
  assert.equal(
    validationSlice(groups(true), summary("leave-last-out"), 1)?.slice,
    "leave-last-out",
  );
  assert.equal(validationSlice(groups(true), summary("given"), 1)?.slice, "random");
  const untimed = groups(false);
  const once = validationSlice(untimed, summary("random"), 1);
  assert.deepEqual(validationSlice(untimed, summary("random"), 1), once);
  assert.notDeepEqual(validationSlice(untimed, summary("random"), 2)?.relevant, once?.relevant);
  assert.equal(once?.slice, "random");
});

Deno.test("validation: the same gap lies before a temporal slice", () => {
  const slice = validationSlice(groups(true), { ...summary("temporal"), gapDays: 20 }, 1);
  assert.ok(slice?.fit.time);
  // 90 days: the last 15 are the slice, the 20 before them belong to neither.
  assert.equal(slice.cut, 55 * DAY);
  assert.equal(Math.max(...slice.fit.time), 50 * DAY);
  const wider = validationSlice(groups(true), summary("temporal"), 1);
  assert.ok(slice.fit.user.length < (wider?.fit.user.length ?? 0));
});

Deno.test("validation: held-out users are no part of the fit, and are judged by folding them in", async () => {
  const all = groups(true);
  const slice = validationSlice(all, summary("held-out-users"), 1);
  assert.equal(slice?.slice, "held-out-users");
  assert.equal(slice.users.length, 6);
  for (const user of slice.users) {
    assert.ok(!slice.fit.user.includes(user));
    assert.ok(slice.foldIn?.user.includes(user));
  }
  await using out = await runStage(train, {
    params: { ...params, earlyStopping: true, iterations: 8 },
    inputs: { train: all, split: summary("held-out-users") },
  });
  const { selection } = await out.history.read();
  assert.equal(selection?.slice, "held-out-users");
  // Three tastes of ten items: whom the fit never saw are still told apart by what they bought.
  assert.ok(Math.max(...selection.sweeps.map(({ validation }) => validation ?? 0)) > 0.3);
  await assert.rejects(
    runStage(train, {
      params: { ...params, model: "lmf", solver: "simd" },
      inputs: { train: all, split: summary("held-out-users") },
    }),
    /train\.model "lmf" has no fold-in/,
  );
});

Deno.test("validation: one user may hold more items than a call takes arguments", () => {
  const items = 400_000;
  const bot: Interactions = {
    users: 1,
    items,
    user: new Uint32Array(items),
    item: Uint32Array.from({ length: items }, (_, item) => item),
    quantity: new Float64Array(items).fill(1),
    time: undefined,
  };
  const slice = validationSlice(bot, { ...summary("random"), fraction: 0.75 }, 1);
  assert.equal(slice?.relevant.indices.length, 300_000);
});

Deno.test("validation: at most 2,000 users, drawn by the seed", () => {
  const users = 2500;
  const rows = Array.from({ length: users * 3 }, (_, at) => [Math.floor(at / 3), at % 3] as const);
  const many: Interactions = {
    users,
    items: 3,
    user: Uint32Array.from(rows, ([user]) => user),
    item: Uint32Array.from(rows, ([, item]) => item),
    quantity: new Float64Array(rows.length).fill(1),
    time: undefined,
  };
  const slice = validationSlice(many, summary("random"), 1);
  assert.ok(slice);
  assert.equal(slice.users.length, 2000);
  assert.deepEqual(slice.users, slice.users.toSorted());
  assert.equal(new Set(slice.users).size, 2000);
  assert.equal(slice.relevant.rows, 2000);
  assert.notDeepEqual(validationSlice(many, summary("random"), 2)?.users, slice.users);
});

Deno.test("the reference solver promises bytes, tensor backends a tolerance", () => {
  const params = (solver: string) => train.params.parse({ ...trainSchema.parse({}), solver });
  assert.equal(train.tolerance?.(params("reference")), undefined);
  assert.match(train.tolerance?.(params("tfjs")) ?? "", /objective within a tolerance/);
});
