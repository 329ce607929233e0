import { z } from "zod";
import { easeRuntime } from "../baselines/ease.ts";
import { evaluateSchema } from "../config/evaluate.ts";
import { type Factors, factorsFormat } from "../data/formats.ts";
import { pairs, union } from "../data/interactions.ts";
import { interactionsFormat, itemsFormat, usersFormat } from "../data/parquet.ts";
import { alignTruth, knowsAll, type Truth, truthFormat } from "../data/sample/truth.ts";
import { splitFormat } from "../data/split.ts";
import type { Reporter } from "../engine/effects.ts";
import { optional } from "../engine/formats.ts";
import { defineStage } from "../engine/stage.ts";
import { significance } from "../metrics/comparisons.ts";
import {
  chiefFigures,
  definitions,
  type Evaluation,
  evaluationFormat,
  judge,
  SYNTHETIC_NOTE,
} from "../metrics/evaluation.ts";
import { type PerUser, perUserFormat } from "../metrics/per_user.ts";
import { addModel, emptySliced } from "../metrics/sliced.ts";
import { makeSlices } from "../metrics/slices.ts";
import { type Target, type TestSet, testSet } from "../metrics/test_set.ts";
import { trainingFacts } from "../metrics/training_facts.ts";
import { chiefK } from "../metrics/verdicts.ts";
import { TopKPool } from "../topk/pool.ts";
import { candidatesFor } from "./candidates.ts";
import { chooseUser, exampleFormat, makeExample } from "./example.ts";
import { rankersFor, TRUTH } from "./rankers.ts";

/**
 * Ranks the whole catalogue for every test user, by the model and by the baselines, and measures
 * the lists. Throws `RangeError` where nobody can be tested, or the factors do not fit the data.
 */
export const evaluate = defineStage({
  name: "evaluate",
  module: import.meta.url,
  summary: "measure the ranking against held-out purchases",
  params: evaluateSchema.extend({
    model: z.string().min(1).describe("Name of the trained model."),
  }),
  inputs: {
    train: interactionsFormat,
    /** What is known of users that training did not see: lists leave it out, baselines rank by it. */
    foldIn: optional(interactionsFormat),
    test: interactionsFormat,
    split: splitFormat,
    factors: factorsFormat,
    users: usersFormat,
    items: itemsFormat,
    truth: optional(truthFormat),
  },
  outputs: { metrics: evaluationFormat, perUser: perUserFormat, example: exampleFormat },
  runtime: async ({ baselines }) => baselines.ease === null ? {} : await easeRuntime(),
  async metrics({ metrics }) {
    return chiefFigures(await metrics.read());
  },
  async run({ params, inputs, outputs, report, signal, threads }) {
    const { target, model } = params;
    const ks = [...new Set(params.k)].sort((a, b) => a - b);
    const train = await inputs.train.read();
    const trainPairs = pairs(train);
    const foldIn = await inputs.foldIn.read();
    const history = foldIn === undefined ? train : union(train, foldIn);
    const known = foldIn === undefined ? trainPairs : pairs(history);
    const testPairs = pairs(await inputs.test.read());
    const factors = await inputs.factors.read();
    checkFactors(factors.user.rows, train.users, "users");
    checkFactors(factors.item.rows, train.items, "items");
    const set = testSet(known, testPairs, target, trainPairs);
    if (set.users.length === 0) throw nobody(target, set, (await inputs.split.read()).strategy);

    const users = await inputs.users.read();
    const items = await inputs.items.read();
    const truth = await inputs.truth.read();
    const rankers = await rankersFor({
      ...{ model, factors, train, target, report, signal, threads },
      history: foldIn && history,
      baselines: params.baselines,
      truth: truth && truthFor(truth, users, items.map(({ id }) => id), report),
    });
    const facts = trainingFacts(known, set.users);
    const slices = params.slices
      ? makeSlices(params.slices, { set, train, trainPairs: known, items })
      : [];
    const sliced = emptySliced(slices);
    using pool = new TopKPool(threads);
    const figures: Record<string, Record<string, number>> = {};
    const perUser: Record<string, PerUser["models"][string]> = {};
    const made: Evaluation["baselines"] = {};
    for (const [n, ranker] of rankers.entries()) {
      const lists = await ranker.rank(
        { rows: set.users, k: Math.max(...ks), candidates: candidatesFor(target, known) },
        pool,
        {
          signal,
          progress: (done, total) =>
            report.progress(n * total + done, rankers.length * total, "users", ranker.name),
        },
      );
      const judged = judge(lists, set, ks, facts);
      figures[ranker.name] = judged.figures;
      perUser[ranker.name] = judged.perUser;
      if (ranker.made) made[ranker.name] = ranker.made;
      if (ranker.name !== TRUTH) addModel(sliced, slices, ranker.name, lists, ks);
    }
    const { [TRUTH]: best, ...models } = figures;
    const { [TRUTH]: _truth, ...compared } = perUser;
    const evaluation: Evaluation = {
      model,
      users: set.users.length,
      coldUsers: set.coldUsers,
      relevant: set.relevant.indices.length,
      unknownTestItems: set.unknownItems,
      unknownTestPairs: set.unknownPairs,
      catalogue: train.items,
      k: ks,
      target,
      models,
      baselines: made,
      ...significance(compared, model, ks, params.significance),
      ceiling: best === undefined ? null : { note: SYNTHETIC_NOTE, figures: best },
      slices: sliced,
      ...definitions(),
    };
    const shown = chooseUser(users, known, set.users);
    const example = makeExample(shown, {
      ...{ factors, train: history, trainPairs: known },
      ...{ testPairs, users, items },
    });
    for (const line of describe(evaluation)) report.log(line);
    return {
      metrics: await outputs.metrics.write(evaluation),
      perUser: await outputs.perUser.write({ users: set.users, models: perUser }),
      example: await outputs.example.write(example),
    };
  },
});

/** The truth behind generated purchases; none where others were added to them. */
function truthFor(
  truth: Truth,
  users: readonly string[],
  items: readonly string[],
  report: Reporter,
): Factors | undefined {
  if (knowsAll(truth, users, items)) return alignTruth(truth, users, items);
  report.log("no ceiling: the truth of the sample does not know all of these users and items");
  return undefined;
}

function checkFactors(found: number, wanted: number, what: string): void {
  if (found === wanted) return;
  throw new RangeError(
    `The factors are of ${found} ${what}, the training part has ${wanted}: train again`,
  );
}

function nobody(target: Target, { coldUsers }: TestSet, strategy: string): RangeError {
  const what = { new: "an item new to them", repeat: "an item again", all: "an item" }[target];
  const cold = coldUsers > 0 ? ` (${coldUsers} test users have no training purchase)` : "";
  return new RangeError(
    `Nobody can be tested: no user of the training part bought ${what} in the test part${cold}. ` +
      `Set evaluate.target to "all", or choose another split than ${strategy}`,
  );
}

function describe(evaluation: Evaluation): string[] {
  const { users, coldUsers, unknownTestPairs, relevant, models, ceiling } = evaluation;
  const lines = [
    `${users} users tested on ${relevant} items, ${unknownTestPairs} of them unknown to training; ` +
    `${coldUsers} cold users left out`,
  ];
  const k = chiefK(evaluation.k);
  for (const [name, figures] of Object.entries(models)) {
    lines.push(`${name}: NDCG@${k} ${(figures[`ndcg@${k}`] ?? 0).toFixed(4)}`);
  }
  if (ceiling) {
    lines.push(`ranking by the truth: NDCG@${k} ${(ceiling.figures[`ndcg@${k}`] ?? 0).toFixed(4)}`);
  }
  return lines;
}
