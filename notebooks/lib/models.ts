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

/** The keys of all models by a metric ("ndcg@10"), best first; of equal ones the first by name. */
export function rankedNames({ models }: Evaluation, metric: string): string[] {
  const value = (name: string) => models[name]?.[metric] ?? 0;
  return Object.keys(models).sort((a, b) => value(b) - value(a) || (a < b ? -1 : 1));
}
