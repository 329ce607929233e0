/** `tune`: searches for params on a validation slice of the training part. */
import { resolve } from "node:path";
import type { Config } from "../config.ts";
import { earlierCuts } from "../config/cuts.ts";
import { BASELINES, type TunableName } from "../config/tune.ts";
import { interactionsFormat } from "../data/parquet.ts";
import { splitFormat } from "../data/split.ts";
import { run, type RunOptions, type RunResult } from "../engine/run.ts";
import { partOf } from "../engine/selection.ts";
import { UsageError } from "../errors.ts";
import { slicesOf } from "../stages/judging.ts";
import type { Params } from "../tune/draw.ts";
import { factsOf } from "../tune/facts.ts";
import type { Command, Invocation, Options } from "./command.ts";
import { type Change, changes, writeChanges } from "./config_file.ts";
import { loadConfig } from "./load_config.ts";
import { type Origin, originsOf } from "./origins.ts";
import { createProgress } from "./progress.ts";
import { runOptions } from "./run_options.ts";
import { type Found, search } from "./search.ts";
import { searchPlace, Trials } from "./trials.ts";
import { tunables } from "./tunables.ts";
import { foundJson, foundText, nextText } from "./tune_text.ts";

/**
 * Searches, prints the best trials and what they would change in the config; with `--write` changes it.
 * Throws as `run`, and `UsageError` where no trial could be judged in full.
 */
export const command: Command = async (invocation) => {
  const { io, options } = invocation;
  const config = withOptions(invocation.config, options);
  using progress = await createProgress(io);
  const effects = runOptions({ ...invocation, config }, progress);
  const found: Tuned[] = [];
  for (const origin of originsOf(config, options)) {
    found.push(...await tuneAt(origin, invocation, effects));
  }

  // What a --set changed is not the file's: it is compared with what the file itself says.
  const path = resolve(io.root, options.config);
  const file = await loadConfig(path, [], options.config);
  const list = [
    ...room(file, found),
    ...found.flatMap(({ origin, tunable, winner }) => {
      const path = [...origin.at, ...tunable.at];
      const params = origin.at.length > 0 ? withoutModel(winner.params) : winner.params;
      return changes(path, valueAt(file, path), params);
    }),
  ];
  if (options.write) await writeChanges(path, list, options.config);
  if (!options.json) {
    for (const each of found) io.out(`tune${where(each.origin)}, ${foundText(each, config)}\n`);
    io.out(nextText(list, options));
  }
  return {
    models: found.map((each) => ({ parts: each.origin.parts, ...foundJson(each, config) })),
    changes: list.map(changeJson),
    written: options.write,
  };
};

type Tuned = Found & { readonly origin: Origin };

/** " at cut 2": of one that is not the split's own. */
function where({ at, parts }: Origin): string {
  return at.length === 0 ? "" : ` at cut ${parts.slice(parts.indexOf("@") + 1)}`;
}

/** Searches for each of the models on one training part. */
async function tuneAt(
  origin: Origin,
  { graph, workspace }: Invocation,
  options: RunOptions,
): Promise<Tuned[]> {
  const { parts, config } = origin;
  const place = await searchPlace(workspace, parts);
  const { cut, train } = await partsOf(await run(partOf(graph, parts), place, options), parts);
  const judging = {
    cut,
    metric: config.tune.metric,
    target: config.evaluate.target,
    seed: config.train.seed,
  };
  const [slice] = await slicesOf(train, { ...judging, windows: 1 });
  if (slice === undefined) throw new TypeError("There is no slice to judge by");
  options.observer.log(
    `tune${where(origin)}: ${config.tune.metric} on a ${slice.slice} slice of the training part, ` +
      `${slice.users.length} users; the test part is not read`,
  );
  const tuned: Tuned[] = [];
  for (const tunable of tunables(config, modelsOf(config), factsOf(slice.fit))) {
    const place = await searchPlace(workspace, `${parts}-${tunable.name}`);
    const trials = new Trials(graph, parts, place, options);
    const searching = { config, judging, slice, trials, progress: options.observer };
    tuned.push({ ...await search(tunable, searching), origin });
  }
  return tuned;
}

/** The config with the options of the command line in its `tune` section. */
function withOptions(config: Config, { trials, minutes, model }: Options): Config {
  const tune = { ...config.tune };
  if (trials !== undefined) tune.trials = trials;
  if (minutes !== undefined) tune.minutes = minutes;
  if (model !== undefined) tune.model = model;
  return { ...config, tune };
}

/** What is to be tuned. For all: the model of `train`, and the baselines that the config has. */
function modelsOf({ tune, train, evaluate }: Config): TunableName[] {
  const model = tune.model ?? train.model;
  if (model !== "all") return [model];
  return [train.model, ...BASELINES.filter((name) => evaluate.baselines[name] !== null)];
}

/** How the split cut, and its training part: the test part is looked at by nobody here. */
async function partsOf(data: RunResult, parts: string) {
  const [summary, train] = [data.output(parts, "summary"), data.output(parts, "train")];
  if (summary === undefined || train === undefined) {
    throw new UsageError("This pipeline has no split, so there is nothing to tune on");
  }
  const { strategy, days, gapDays, fraction, heldOut } = await splitFormat.read(summary.path);
  return {
    cut: { strategy, days, gapDays, fraction, heldOut },
    train: { digest: train.digest, read: () => interactionsFormat.read(train.path) },
  };
}

/** Entries that must be there before one of them is written: one for each earlier cut, or none. */
function room(file: Config, found: readonly Tuned[]): Change[] {
  if (found.every(({ origin }) => origin.at.length === 0)) return [];
  const path = ["split", "rolling", "overrides"];
  const there = file.split.rolling?.overrides.length ?? 0;
  const after = earlierCuts(file.split).map(() => ({}));
  return there > 0 ? [] : [{ path, before: [], after }];
}

/** Params of an earlier cut: the model is that of the main one. */
function withoutModel({ model: _, ...params }: Params): Params {
  return params;
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => new Map<string, unknown>(Object.entries(inner ?? {})).get(String(key)),
    value,
  );
}

function changeJson({ path, before, after }: Change) {
  return { key: path.join("."), before: before ?? null, after };
}
