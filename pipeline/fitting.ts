/** Fits a model in memory: the library's way to a `Recommender`. */
import { createHash } from "node:crypto";
import { biasColumnsOf } from "./als/biases.ts";
import type { FitOptions, FitParams } from "./als/fit.ts";
import { buyers } from "./als/model.ts";
import { decayedConfidence } from "./als/weights.ts";
import { RESOURCES, trainRules, trainSchema } from "./config/train.ts";
import { latestText, pairs } from "./data/interactions.ts";
import { type CatalogueItem, type Purchase, tablesOf } from "./data/memory.ts";
import { Recommender } from "./recommender.ts";

/** How to fit: params as `train` in the config, with its defaults, all iterations done; effects. */
export interface RecommenderOptions
  extends Partial<FitParams>, Pick<FitOptions, "report" | "signal" | "threads"> {
  /** Names and brands of the items. */
  readonly items?: Iterable<CatalogueItem>;
}

/**
 * Fits a model to purchases. Throws `RangeError` for an option that is unknown or out of range, and as
 * `tablesOf` and `fit` of `als/fit.ts` do.
 */
export async function fit(
  purchases: Iterable<Purchase>,
  options: RecommenderOptions = {},
): Promise<Recommender> {
  const { items: catalogue, report, signal, threads, ...given } = options;
  const params = parseParams(given);
  const { interactions, users, items, integerItemIds } = tablesOf(purchases, catalogue);
  // Whoever only loads a model must not wait for a solver.
  const als = await import("./als/fit.ts");
  const { factors, history } = await als.fit(interactions, params, { report, signal, threads });
  const seen = pairs(interactions);
  return new Recommender({
    userFactors: factors.user,
    itemFactors: factors.item,
    users,
    items,
    seen,
    popularity: buyers(seen),
    confidence: decayedConfidence(interactions, params),
    manifest: {
      version: 1,
      model: "",
      data: digestOf(JSON.stringify([users, items, toPlain(interactions)])),
      split: "none",
      params: { ...params },
      files: {},
      integerItemIds,
      fittedOn: "all",
      fittedUntil: latestText(interactions),
      sweeps: history.chosen,
      trendColumns: params.trend === null ? 0 : 1,
      biasColumns: biasColumnsOf(params.model),
      metricsFittedOn: "train",
      metrics: {},
      baselines: {},
      versions: { deno: Deno.version.deno, solver: history.solver },
    },
  });
}

/** The config's own checks: a mistyped or impossible option must not fit another model than meant. */
function parseParams(given: Partial<FitParams>) {
  const parsed = trainSchema.omit({ ...RESOURCES, init: true, earlyStopping: true })
    .superRefine(trainRules).safeParse(given);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map(({ path, message }) => [...path, message].join(": "));
  throw new RangeError(`The options of the fit are not usable: ${reasons.join("; ")}`);
}

function toPlain(columns: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(columns).map(([k, v]) => [k, ArrayBuffer.isView(v) ? digestOf(bytesOf(v)) : v]),
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
