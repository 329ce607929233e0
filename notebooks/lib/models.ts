/** Models and baselines as people call them. */
import type { Evaluation } from "../../pipeline/mod.ts";

const NAMES: Readonly<Record<string, string>> = {
  als: "ALS, the model",
  lmf: "logistic MF, the model",
  popularity: "popularity",
  recentPopularity: "recent popularity",
  itemKnn: "item kNN",
  ease: "EASE",
  buyAgain: "buy again",
};

/** A model's name in tables and pictures; one without a name of its own keeps its key. */
export function modelName(key: string): string {
  return NAMES[key] ?? key;
}

const METRICS: Readonly<Record<string, string>> = {
  ndcg: "NDCG",
  map: "MAP",
  mrr: "MRR",
  hitRate: "hit rate",
  truncatedRecall: "truncated recall",
};

/** A figure's name, "ndcg@10", as people write it: "NDCG@10". */
export function metricName(key: string): string {
  const [metric = "", k] = key.split("@");
  return `${METRICS[metric] ?? metric}@${k}`;
}

/** The keys of all models by a metric ("ndcg@10"), best first; of equal ones the first by name. */
export function rankedNames({ models }: Evaluation, metric: string): string[] {
  const value = (name: string) => models[name]?.[metric] ?? 0;
  return Object.keys(models).sort((a, b) => value(b) - value(a) || (a < b ? -1 : 1));
}
