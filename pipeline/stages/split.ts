import { z } from "zod";
import { sourceSchema } from "../config/source.ts";
import { secondsOf, splitSchema } from "../config/split.ts";
import { type Given, readGiven } from "../data/given.ts";
import type { Interactions } from "../data/interactions.ts";
import { interactionsFormat, itemsFormat, usersFormat } from "../data/parquet.ts";
import {
  describePart,
  LEAKS,
  type Mask,
  PART,
  partition,
  select,
  splitFormat,
  type SplitSummary,
  type Strategy,
} from "../data/split.ts";
import { checkParts, describeSplit, divide } from "../data/split/divide.ts";
import { leakLines, leakOf } from "../data/split/leak.ts";
import { filesFormat, optional } from "../engine/formats.ts";
import { defineStage } from "../engine/stage.ts";

const params = splitSchema.omit({ test: true, rolling: true }).extend({
  columns: sourceSchema.shape.interactions.unwrap().shape.columns,
  earlierDays: z.number().min(0).default(0)
    .describe("How much earlier the cut is: of a rolling origin."),
});

type Params = z.infer<typeof params>;

/**
 * Sets purchases aside to test on, and says what the training part knows that it should not. Throws
 * `TypeError` where the strategy asks for times or a file that are not there, and `RangeError` where
 * one of the parts would be empty.
 */
export const split = defineStage({
  name: "split",
  module: import.meta.url,
  summary: "set purchases aside to test on",
  params,
  inputs: {
    interactions: interactionsFormat,
    users: usersFormat,
    items: itemsFormat,
    given: optional(filesFormat),
  },
  outputs: {
    train: interactionsFormat,
    /** Of held-out users; without entries for every other strategy. */
    foldIn: interactionsFormat,
    test: interactionsFormat,
    summary: splitFormat,
  },
  async metrics({ summary }) {
    const { train, test, leak } = await summary.read();
    const figures = {
      train_pairs: train.pairs,
      test_pairs: test.pairs,
      train_users: train.users,
      test_users: test.users,
    };
    const { beforeAny, beforeOwn } = leak;
    if (beforeAny === null || beforeOwn === null) return figures;
    return { ...figures, test_before_any_training: beforeAny, test_before_own_training: beforeOwn };
  },
  async run({ params, inputs, outputs, report, threads, scratch }) {
    const all = await inputs.interactions.read();
    const file = (await inputs.given.read())?.[0];
    const strategy = resolve(params, all, file);
    const options = { ...params, cut: params.cut === null ? null : secondsOf(params.cut) };
    let mask: Mask = new Uint8Array(all.user.length);
    let cut: number | null = null;
    let given: Given | undefined;
    if (strategy === "given") {
      const paths = { users: inputs.users.path, items: inputs.items.path, scratch };
      if (file === undefined) throw givenWithoutFile();
      given = await readGiven({ ...paths, file }, params.columns, threads);
    } else {
      ({ mask, cut } = divide(all, await inputs.users.read(), strategy, options));
    }
    const [train, held] = partition(all, mask);
    const test = given?.interactions ?? held;
    const foldIn = select(all, mask, PART.foldIn);
    const folds = strategy === "held-out-users";
    const { days, gapDays, fraction, heldOut, seed } = params;
    const summary: SplitSummary = {
      requested: params.strategy,
      strategy,
      leaks: LEAKS[strategy],
      days,
      gapDays,
      fraction,
      heldOut,
      seed,
      cut,
      train: describePart(train),
      foldIn: folds ? describePart(foldIn) : null,
      test: describePart(test),
      unused: { gap: countOf(mask, PART.gap), later: countOf(mask, PART.later) },
      leak: leakOf(train, test, folds ? foldIn : undefined),
      unknown: given?.unknown ?? null,
      rows: given ? { read: given.rows.read, dropped: { ...given.rows.dropped } } : null,
    };
    checkParts(summary, options, file);
    for (const line of [...describeSplit(summary), ...leakLines(summary.leak)]) report.log(line);
    return {
      train: await outputs.train.write(train),
      foldIn: await outputs.foldIn.write(foldIn),
      test: await outputs.test.write(test),
      summary: await outputs.summary.write(summary),
    };
  },
});

function resolve(
  { strategy, cut, gapDays, earlierDays }: Params,
  { time }: Interactions,
  file: string | undefined,
): Strategy {
  if (strategy === "given" && file === undefined) throw givenWithoutFile();
  if (strategy !== "given" && file !== undefined) {
    throw new TypeError(
      `split.test.path is set, but split.strategy is "${strategy}": set it to "given", or leave the path out`,
    );
  }
  if (strategy !== "auto") return strategy;
  // Who asks for a cut means a split in time.
  const temporal = time !== undefined || cut !== null || gapDays > 0 || earlierDays > 0;
  return temporal ? "temporal" : "random";
}

function givenWithoutFile(): TypeError {
  return new TypeError(
    `split.strategy is "given", but there is no test file: set split.test.path, or another strategy`,
  );
}

function countOf(mask: Mask, part: Mask[number]): number {
  return mask.reduce((sum, of) => sum + (of === part ? 1 : 0), 0);
}
