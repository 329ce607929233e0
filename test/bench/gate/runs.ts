/** Trainings of one pipeline, changed in seed, params or purchases, as the states that the gate compares. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import type { Config } from "../../../pipeline/config.ts";
import { type Interactions, pairs } from "../../../pipeline/data/interactions.ts";
import { partition, splitFormat, type SplitSummary } from "../../../pipeline/data/split.ts";
import { unobserved } from "../../../pipeline/engine/effects.ts";
import type { Format } from "../../../pipeline/engine/stage.ts";
import { interactionsFormat } from "../../../pipeline/data/parquet.ts";
import { run, type RunResult } from "../../../pipeline/engine/run.ts";
import { openWorkspace } from "../../../pipeline/engine/workspace.ts";
import type { State } from "../../../pipeline/metrics/gate.ts";
import { perUserMetrics } from "../../../pipeline/metrics/ranking.ts";
import { testSet } from "../../../pipeline/metrics/test_set.ts";
import { buildPipeline } from "../../../pipeline/pipeline.ts";
import { train as trainStage } from "../../../pipeline/stages/train.ts";
import { TopKPool } from "../../../pipeline/topk/pool.ts";
import { runStage } from "../../support/run_stage.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url)).replace(/[/\\]$/, "");

/** The parts of a split. */
export interface Parts {
  readonly train: Interactions;
  readonly test: Interactions;
  readonly summary: SplitSummary;
}

/** How a run differs from the one that it is compared with. */
export interface Difference {
  readonly seed?: number;
  /** Times the config's alpha. */
  readonly alpha?: number;
  /** Share of the pairs that the fit does not see, drawn by `drawn`. */
  readonly deleted?: { readonly share: number; readonly drawn: number };
}

/** The parts that the config's pipeline makes, in a store of the bench's own. */
export async function partsOf(config: Config, threads: number): Promise<Parts> {
  const store = join(ROOT, ".bench", "gate");
  const workspace = await openWorkspace({ root: ROOT, store, lock: join(store, "lock.json") });
  const result = await run(buildPipeline(config), workspace, {
    only: "split",
    force: false,
    wait: true,
    threads,
    signal: new AbortController().signal,
    observer: unobserved,
  });
  return {
    train: await read(result, "train", interactionsFormat),
    test: await read(result, "test", interactionsFormat),
    summary: await read(result, "summary", splitFormat),
  };
}

/** Trains as the train stage does, then measures as the evaluate stage does, by the whole training part. */
export async function stateOf(
  { train, test, summary }: Parts,
  config: Config,
  { seed, alpha = 1, deleted }: Difference,
  threads: number,
): Promise<State> {
  const { threads: _threads, memory: _memory, ...params } = config.train;
  await using out = await runStage(trainStage, {
    params: { ...params, seed: seed ?? params.seed, alpha: params.alpha * alpha },
    inputs: {
      train: deleted === undefined ? train : without(train, deleted.share, deleted.drawn),
      split: summary,
    },
    threads,
  });
  const factors = await out.factors.read();
  const { target, k } = config.evaluate;
  const bought = pairs(train);
  const { users, relevant } = testSet(bought, pairs(test), target);
  using pool = new TopKPool(threads);
  const mode = target === "new" ? "without" : "only";
  const lists = await pool.topK({
    users: factors.user,
    items: factors.item,
    rows: users,
    k: Math.max(...k),
    candidates: target === "all" ? undefined : { pairs: bought, mode },
  });
  return { cuts: [{ users, metrics: perUserMetrics(lists, relevant, k) }] };
}

/** The interactions without a share of their pairs of user and item, drawn at random. */
export function without(all: Interactions, share: number, seed: number): Interactions {
  const random = xoroshiro128plus(seed);
  const mask = new Uint8Array(all.user.length);
  for (let from = 0, to = 0; from < mask.length; from = to) {
    while (
      to < mask.length && all.user[to] === all.user[from] && all.item[to] === all.item[from]
    ) to++;
    if (uniformFloat64(random) < share) mask.fill(1, from, to);
  }
  return partition(all, mask)[0];
}

function read<T>(result: RunResult, output: string, format: Format<T>): Promise<T> {
  const found = result.output("split", output);
  if (found === undefined) throw new Error(`The split made no ${output}`);
  return format.read(found.path);
}
