import { z } from "zod";
import { fitBuyAgain } from "../baselines/buy_again.ts";
import { easeRuntime, fitEase } from "../baselines/ease.ts";
import type { BaselineOptions } from "../baselines/fit_options.ts";
import { fitItemKnn } from "../baselines/item_knn.ts";
import { fitRecentPopularity } from "../baselines/recent_popularity.ts";
import { baselinesSchema } from "../config/baselines.ts";
import { trainSchema } from "../config/train.ts";
import type { Interactions } from "../data/interactions.ts";
import { interactionsFormat } from "../data/parquet.ts";
import { defineStage } from "../engine/stage.ts";
import { joined, perUserFormat } from "../metrics/per_user.ts";
import { mean } from "../metrics/ranking.ts";
import { TopKPool } from "../topk/pool.ts";
import type { Ranker } from "../topk/ranker.ts";
import { judgingSchema, openJudges, pooledUsers, TRIAL, trialFormat } from "./judging.ts";

const of = baselinesSchema.shape;
/** What a baseline takes from the model where its own is left out: a trial leaves nothing out. */
const decay = { halfLife: trainSchema.shape.halfLife.unwrap() };
const decayAndTrend = { ...decay, trend: trainSchema.shape.trend.unwrap() };

/** A baseline with all its params. */
const baselineSchema = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.literal("recentPopularity"),
    params: of.recentPopularity.unwrap().unwrap(),
  }),
  z.strictObject({
    name: z.literal("itemKnn"),
    params: of.itemKnn.unwrap().unwrap().extend(decayAndTrend),
  }),
  z.strictObject({
    name: z.literal("ease"),
    params: of.ease.unwrap().unwrap().extend(decayAndTrend),
  }),
  z.strictObject({
    name: z.literal("buyAgain"),
    params: of.buyAgain.unwrap().unwrap().extend(decay),
  }),
]);

/** As `trial`, for a baseline. Throws `RangeError` where no user can be judged, and as the fits do. */
export const baselineTrial = defineStage({
  name: "baselineTrial",
  module: import.meta.url,
  summary: "try a baseline's params on a validation slice of the training part",
  params: z.strictObject({ baseline: baselineSchema, judging: judgingSchema }),
  inputs: { train: interactionsFormat },
  outputs: { result: trialFormat, perUser: perUserFormat },
  runtime: async ({ baseline: { name } }) => name === "ease" ? await easeRuntime() : {},
  async metrics({ result }) {
    const { figure, users } = await result.read();
    return { figure, users };
  },
  async run({ params, inputs, outputs, signal, threads }) {
    const { metric } = params.judging;
    const judges = await openJudges(inputs.train, params.judging);
    using pool = new TopKPool(threads);
    const windows: Float64Array[] = [];
    for (const { validation, history, request, valuesOf } of judges) {
      const options = { threads, signal, history };
      const ranker = await fitted(params.baseline, validation.fit, options);
      windows.push(valuesOf(await ranker.rank(request, pool, { signal })));
    }
    const values = joined(windows);
    const users = pooledUsers(judges);
    const slice = judges[0]!.validation.slice;
    return {
      result: await outputs.result.write({
        ...{ metric, slice, users: users.length, windows: judges.length },
        ...{ figure: mean(values), chosen: 1, sweeps: [] },
      }),
      perUser: await outputs.perUser.write({ users, models: { [TRIAL]: { [metric]: values } } }),
    };
  },
});

async function fitted(
  { name, params }: z.infer<typeof baselineSchema>,
  train: Interactions,
  options: BaselineOptions,
): Promise<Ranker> {
  switch (name) {
    case "recentPopularity":
      return fitRecentPopularity(train, params);
    case "itemKnn":
      return await fitItemKnn(train, params, options);
    case "ease":
      return await fitEase(train, params, options);
    case "buyAgain":
      return fitBuyAgain(train, params, options);
  }
}
