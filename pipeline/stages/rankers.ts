/** Whom the evaluation compares: the model, the baselines, the truth; in the order of tables. */
import { fitBuyAgain } from "../baselines/buy_again.ts";
import { type EaseRanker, fitEase } from "../baselines/ease.ts";
import { fitItemKnn } from "../baselines/item_knn.ts";
import { fitPopularity } from "../baselines/popularity.ts";
import { fitRecentPopularity } from "../baselines/recent_popularity.ts";
import { type Baselines, likeModel } from "../config/baselines.ts";
import type { Factors } from "../data/formats.ts";
import type { Interactions } from "../data/interactions.ts";
import type { Reporter } from "../engine/effects.ts";
import type { Evaluation } from "../metrics/evaluation.ts";
import type { Target } from "../metrics/test_set.ts";
import { factorRanker, type Ranker } from "../topk/ranker.ts";

/** Name of the truth among the rankers. */
export const TRUTH = "truth";

/** What is needed to make the rankers. */
export interface RankersContext {
  /** Name of the trained model, and its factors. */
  readonly model: string;
  readonly factors: Factors;
  /** The training part: all that baselines are fitted to. */
  readonly train: Interactions;
  /** What users are ranked by, where some of them are held out of the training part. */
  readonly history?: Interactions | undefined;
  readonly baselines: Baselines;
  readonly target: Target;
  /** Of generated purchases, in the order of ingest's indices. */
  readonly truth?: Factors | undefined;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
  readonly threads: number;
}

type Made = Evaluation["baselines"][string];

/** A ranker, and what the evaluation says of it; nothing of the model and the truth. */
export interface FittedRanker extends Ranker {
  readonly made?: Made;
}

/**
 * Fits the baselines that are asked for. Reports how many seconds each took to fit and to rank: artifacts
 * hold no times. Throws as the fits do.
 */
export async function rankersFor(context: RankersContext): Promise<FittedRanker[]> {
  const { model, factors, truth, report, signal } = context;
  const rankers: FittedRanker[] = [factorRanker(model, factors)];
  for (const [name, fit] of Object.entries(fits(context))) {
    signal?.throwIfAborted();
    const started = performance.now();
    const { ranker, params, note = null } = await fit();
    report.log(`${name}: fitted in ${since(started)}${note === null ? "" : `, ${note}`}`);
    rankers.push({ ...ranker, made: { params, note } });
  }
  if (truth !== undefined) rankers.push(factorRanker(TRUTH, truth));
  return rankers.map((ranker) => timed(ranker, report));
}

interface Fit {
  readonly ranker: Ranker;
  readonly params: Made["params"];
  readonly note?: string;
}

/** The fits of the baselines that are asked for and can be had, by name. */
function fits(context: RankersContext): Record<string, () => Fit | Promise<Fit>> {
  const { train, history, target, report, signal, threads } = context;
  // The pipeline has filled in the model's half-life; what runs alone has none.
  const { popularity: plain, recentPopularity: recent, itemKnn, ease, buyAgain } = likeModel(
    context.baselines,
    { halfLife: null },
  );
  const options = (name: string) => ({
    history,
    threads,
    signal,
    progress: (done: number, total: number) => report.progress(done, total, "steps", name),
  });
  const all: Record<string, () => Fit | Promise<Fit>> = {};
  if (plain !== null) {
    all.popularity = () => ({
      ranker: fitPopularity(train),
      params: plain,
    });
  }
  if (recent !== null && train.time === undefined) {
    report.log("recentPopularity is left out: the purchases have no time");
  } else if (recent !== null) {
    all.recentPopularity = () => ({
      ranker: fitRecentPopularity(train, recent),
      params: recent,
    });
  }
  if (itemKnn !== null) {
    all.itemKnn = async () => ({
      ranker: await fitItemKnn(train, itemKnn, options("itemKnn")),
      params: itemKnn,
    });
  }
  if (ease !== null) {
    all.ease = async () => {
      const ranker = await fitEase(train, ease, options("ease"));
      return { ranker, params: ease, note: coverage(ranker) };
    };
  }
  // Among items that a user has not bought before, what they bought before is none.
  if (buyAgain !== null && target !== "new") {
    all.buyAgain = () => ({ ranker: fitBuyAgain(train, buyAgain, { history }), params: buyAgain });
  }
  return all;
}

/** How many of the items with a buyer a model knows of. */
function coverage({ covered, bought }: EaseRanker): string {
  const count = (n: number) => n.toLocaleString("en-US");
  return covered === bought
    ? `on all ${count(bought)} items that were bought`
    : `on the ${count(covered)} most bought of ${count(bought)} items`;
}

function timed(ranker: FittedRanker, report: Reporter): FittedRanker {
  return {
    ...ranker,
    async rank(request, pool, options) {
      const started = performance.now();
      const lists = await ranker.rank(request, pool, options);
      report.log(`${ranker.name}: ${request.rows.length} lists in ${since(started)}`);
      return lists;
    },
  };
}

function since(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(2)} s`;
}
