/** Figures as sentences: no verdict says more than the test behind it. */
import type { Evaluation } from "../../pipeline/mod.ts";
import type { BaselineComparison } from "../../pipeline/metrics/verdicts.ts";
import { figure, range, signed } from "../lib/numbers.ts";

/** "NDCG@10" of "ndcg@10". */
export function metricName(key: string, { definitions }: Pick<Evaluation, "definitions">): string {
  const [name = "", k] = key.split("@");
  const said = SHORT[name] ?? definitions[name]?.name ?? name;
  return k === undefined ? said : `${said}@${k}`;
}

const SHORT: Readonly<Record<string, string>> = {
  map: "MAP",
  ndcg: "NDCG",
  recall: "Recall",
  truncatedRecall: "Truncated recall",
  precision: "Precision",
  hitRate: "Hit rate",
  mrr: "MRR",
};

/** What a comparison says, in words. */
export function verdictWords({ baseline, verdict }: BaselineComparison, model: string): string {
  return verdict === "not told apart"
    ? `${model} is not told apart from ${baseline}`
    : `${model} is ${verdict} ${baseline}`;
}

/** A p value: "< 0.001", "0.012". */
export function pValue(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** A metric's difference with its bounds: "+0.0678 (+0.0489 to +0.0881)". */
export function differenceWords(difference: number, [low, high]: readonly [number, number]) {
  return `${signed(difference)} (${signed(low)} to ${signed(high)})`;
}

/** "0.1328 (0.1136 to 0.1530)"; without bounds where there are none; "–" where it was not measured. */
export function withInterval(
  value: number | null | undefined,
  bounds: readonly [number, number] | undefined,
): string {
  if (value === undefined || value === null) return "–";
  return bounds === undefined ? figure(value) : `${figure(value)} (${range(bounds)})`;
}

/** What counts as relevant. */
export const TARGETS: Readonly<Record<Evaluation["target"], string>> = {
  new: "test purchases that were new to the customer",
  repeat: "test purchases of what the customer had bought before",
  all: "all test purchases",
};

/** The models, the trained one first. */
export function modelNames({ model, models }: Pick<Evaluation, "model" | "models">): string[] {
  return [model, ...Object.keys(models).filter((name) => name !== model)];
}

/** 95 for 0.95. */
export function percentOf(level: number): string {
  return String(Number((100 * level).toFixed(2)));
}

/** "a, b and c". */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
