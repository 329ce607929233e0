/** `tune`: searches for params on a validation slice of the training part. */
import { resolve } from "node:path";
import type { Config } from "../config.ts";
import { interactionsFormat } from "../data/parquet.ts";
import { splitFormat } from "../data/split.ts";
import { run, type RunOptions } from "../engine/run.ts";
import { partOf } from "../engine/selection.ts";
import { UsageError } from "../errors.ts";
import { sliceOf } from "../stages/trial.ts";
import { factorModel } from "../tune/factor_model.ts";
import { factsOf } from "../tune/facts.ts";
import type { Tunable } from "../tune/tunable.ts";
import type { Command, Options } from "./command.ts";
import { type Change, changes, writeChanges } from "./config_file.ts";
import { loadConfig } from "./load_config.ts";
import { createProgress } from "./progress.ts";
import { type Found, search } from "./search.ts";
import { searchPlace, Trials } from "./trials.ts";
import { foundJson, foundText, nextText } from "./tune_text.ts";

/**
 * Searches, prints the best trials and what they would change in the config; with `--write` changes it.
 * Throws as `run`, and `UsageError` where no trial could be judged in full.
 */
export const command: Command = async ({ io, options, config: given, graph, workspace }) => {
  const config = withOptions(given, options);
  const models = modelsOf(config);
  using progress = await createProgress(io);
  const runOptions: RunOptions = {
    force: false,
    wait: options.wait,
    threads: config.train.threads ?? navigator.hardwareConcurrency,
    memory: config.train.memory,
    signal: io.signal,
    observer: progress,
    ...(io.loadedAt === undefined ? {} : { loadedAt: io.loadedAt }),
  };
  const data = await run(partOf(graph, "split"), await searchPlace(workspace, "data"), runOptions);
  const { cut, train } = await partsOf(data);
  const { target } = config.evaluate;
  const slice = await sliceOf(train, { cut, target }, config.train.seed);
  const facts = factsOf(slice.fit);
  progress.log(
    `tune: ${config.tune.metric} on a ${slice.slice} slice of the training part, ` +
      `${slice.users.length} users; the test part is not read`,
  );

  const found: Found[] = [];
  for (const model of models) {
    const tunable: Tunable = factorModel(
      model,
      config.train,
      config.tune.space[model],
      config.tune.seed,
      facts,
    );
    const place = await searchPlace(workspace, model);
    const trials = new Trials(graph, place, runOptions);
    found.push(await search(tunable, { config, cut, slice, trials, progress, signal: io.signal }));
  }

  // What a --set changed is not the file's: it is compared with what the file itself says.
  const path = resolve(io.root, options.config);
  const file: unknown = await loadConfig(path, [], options.config);
  const list = found.flatMap(({ tunable, winner }) =>
    changes(tunable.at, at(file, tunable.at), { ...winner.params })
  );
  if (options.write) await writeChanges(path, list, options.config);
  if (!options.json) {
    for (const each of found) io.out(foundText(each, config));
    io.out(nextText(list, options));
  }
  return {
    models: found.map((each) => foundJson(each, config)),
    changes: list.map(changeJson),
    written: options.write,
  };
};

/** The config with the options of the command line in its `tune` section. */
function withOptions(config: Config, { trials, minutes, model }: Options): Config {
  const tune = { ...config.tune };
  if (trials !== undefined) tune.trials = trials;
  if (minutes !== undefined) tune.minutes = minutes;
  if (model !== undefined) tune.model = model;
  return { ...config, tune };
}

function modelsOf({ tune, train }: Config): ("als" | "lmf")[] {
  const model = tune.model ?? train.model;
  return [model === "all" ? train.model : model];
}

/** How the split cut, and its training part: the test part is looked at by nobody here. */
async function partsOf(data: Awaited<ReturnType<typeof run>>) {
  const [summary, train] = [data.output("split", "summary"), data.output("split", "train")];
  if (summary === undefined || train === undefined) {
    throw new UsageError("This pipeline has no split, so there is nothing to tune on");
  }
  const { strategy, days, fraction } = await splitFormat.read(summary.path);
  return {
    cut: { strategy, days, fraction },
    train: { digest: train.digest, read: () => interactionsFormat.read(train.path) },
  };
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => new Map<string, unknown>(Object.entries(inner ?? {})).get(key),
    value,
  );
}

function changeJson({ path, before, after }: Change) {
  return { key: path.join("."), before: before ?? null, after };
}
