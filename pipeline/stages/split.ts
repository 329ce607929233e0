import type { z } from "zod";
import { sourceSchema } from "../config/source.ts";
import { splitSchema } from "../config/split.ts";
import { type Given, readGiven } from "../data/given.ts";
import type { Interactions } from "../data/interactions.ts";
import { interactionsFormat, itemsFormat, usersFormat } from "../data/parquet.ts";
import {
  cutTime,
  describePart,
  earlierTests,
  LEAKS,
  leaveLastOut,
  type Mask,
  partition,
  random,
  splitFormat,
  type SplitSummary,
  type Strategy,
  temporal,
} from "../data/split.ts";
import { filesFormat, optional } from "../engine/formats.ts";
import { defineStage } from "../engine/stage.ts";

const params = splitSchema.omit({ test: true }).extend({
  columns: sourceSchema.shape.interactions.unwrap().shape.columns,
});

type Params = z.infer<typeof params>;

/**
 * Sets purchases aside to test on. Throws `TypeError` where the strategy asks for times or a file
 * that are not there, and `RangeError` where one of the parts would be empty.
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
  outputs: { train: interactionsFormat, test: interactionsFormat, summary: splitFormat },
  async metrics({ summary }) {
    const { train, test } = await summary.read();
    return {
      train_pairs: train.pairs,
      test_pairs: test.pairs,
      train_users: train.users,
      test_users: test.users,
    };
  },
  async run({ params, inputs, outputs, report, threads, scratch }) {
    const all = await inputs.interactions.read();
    const file = (await inputs.given.read())?.[0];
    const strategy = resolve(params.strategy, all, file);
    let train = all;
    let test: Interactions;
    let cut: number | null = null;
    let given: Given | undefined;
    if (strategy === "given") {
      const paths = { users: inputs.users.path, items: inputs.items.path, scratch };
      if (file === undefined) throw givenWithoutFile();
      given = await readGiven({ ...paths, file }, params.columns, threads);
      test = given.interactions;
    } else {
      let mask: Mask;
      if (strategy === "random") {
        mask = random(all, await inputs.users.read(), params.fraction, params.seed);
      } else {
        const { time } = all;
        if (time === undefined) throw withoutTime(strategy);
        cut = strategy === "temporal" ? cutTime(time, params.days) : null;
        mask = cut === null ? leaveLastOut(all, time) : temporal(time, cut);
      }
      [train, test] = partition(all, mask);
    }
    const { days, fraction, seed } = params;
    const summary: SplitSummary = {
      requested: params.strategy,
      strategy,
      leaks: LEAKS[strategy],
      days,
      fraction,
      seed,
      cut,
      train: describePart(train),
      test: describePart(test),
      testBeforeTraining: earlierTests(train, test),
      unknown: given?.unknown ?? null,
      rows: given ? { read: given.rows.read, dropped: { ...given.rows.dropped } } : null,
    };
    checkParts(summary, params, file);
    for (const line of describe(summary)) report.log(line);
    return {
      train: await outputs.train.write(train),
      test: await outputs.test.write(test),
      summary: await outputs.summary.write(summary),
    };
  },
});

function resolve(
  asked: Params["strategy"],
  { time }: Interactions,
  file: string | undefined,
): Strategy {
  if (asked === "given" && file === undefined) throw givenWithoutFile();
  if (asked !== "given" && file !== undefined) {
    throw new TypeError(
      `split.test.path is set, but split.strategy is "${asked}": set it to "given", or leave the path out`,
    );
  }
  if (asked !== "auto") return asked;
  return time === undefined ? "random" : "temporal";
}

function givenWithoutFile(): TypeError {
  return new TypeError(
    `split.strategy is "given", but there is no test file: set split.test.path, or another strategy`,
  );
}

function withoutTime(strategy: Strategy): TypeError {
  return new TypeError(
    `split.strategy is "${strategy}", but the purchases have no times: set ` +
      `source.interactions.columns.time, or split.strategy to "random"`,
  );
}

/** What to do where a part is empty, by strategy. */
function checkParts(
  { train, test, strategy }: SplitSummary,
  { days }: Params,
  file?: string,
): void {
  if (train.pairs > 0 && test.pairs > 0) return;
  const part = train.pairs === 0 ? "training" : "test";
  const remedies: Record<Strategy, string> = {
    temporal: part === "training"
      ? `all purchases lie within the last ${days} days: lower split.days, or set split.strategy to "random"`
      : `the last ${days} days hold only returns: raise split.days`,
    "leave-last-out": `no user has two items: set split.strategy to "temporal", or add purchases`,
    random: `no user has two items: set split.strategy to "temporal", or add purchases`,
    given: part === "test"
      ? `${file} holds no purchase that is not returned: check its columns and values`
      : "the purchases net to nothing: check source.interactions.columns.quantity",
  };
  throw new RangeError(`The ${part} part is empty: ${remedies[strategy]}`);
}

function describe(summary: SplitSummary): string[] {
  const { requested, strategy, train, test, cut, testBeforeTraining, unknown } = summary;
  const why = requested === "auto"
    ? strategy === "temporal" ? " (auto: the purchases have times)" : " (auto: no times)"
    : "";
  const at = cut === null ? "" : `, training up to ${new Date(cut * 1000).toISOString()}`;
  const lines = [
    `${strategy}${why}${at}: ${train.pairs} training pairs of ${train.users} users, ` +
    `${test.pairs} test pairs of ${test.users} users`,
    `leaks: ${summary.leaks}`,
  ];
  if (testBeforeTraining) {
    lines.push(`${testBeforeTraining} test interactions lie before the latest training purchase`);
  }
  if (unknown) {
    lines.push(
      `the test file has ${unknown.users} users and ${unknown.items} items that training does not ` +
        `know, in ${unknown.interactions} interactions: they stay and count as misses or cold users`,
    );
  }
  return lines;
}
