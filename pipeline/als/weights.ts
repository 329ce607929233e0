import { eachPair, type Interactions, latestTime, pairs } from "../data/interactions.ts";
import type { Csr } from "../data/matrix.ts";
import type { Problem } from "./solver.ts";

/** How purchases become confidence: c = 1 + alpha * f(r) * (popularity / mean)^-beta. */
export interface WeightParams {
  /** How much a purchase weighs against the absence of one. */
  readonly alpha: number;
  /** f: binary 1, linear r, log1p ln(1 + r), capped min(r, cap). */
  readonly weight: "binary" | "linear" | "log1p" | "capped";
  /** capped: the largest r that counts. */
  readonly cap: number;
  /** Days after which a purchase counts half; null: no decay. */
  readonly halfLife: number | null;
  /**
   * beta: 0 weighs all items alike; the larger, the less a purchase of an item that many buy says.
   * Popularity: the item's buyers in the part that is fitted; mean: over the items with a buyer.
   */
  readonly popularityExponent: number;
}

/** How a row's regularization follows from its number of entries n. */
export interface RegularizationParams {
  /**
   * constant: lambda. weighted: lambda * n (Spark MLlib). frequency: lambda * (n + alpha0 * m)^nu
   * with m the length of the other side (Rendle, Krichene, Zhang, Koren 2022).
   */
  readonly regularization: "constant" | "weighted" | "frequency";
  /** Above zero. */
  readonly lambda: number;
  /** frequency: the exponent. */
  readonly nu: number;
  /** frequency: what a pair without purchases counts. */
  readonly alpha0: number;
}

/** Seconds of a day: half-lives are in days. */
export const DAY = 86_400;

/** The least-squares problem of the interactions. Throws as `confidenceOf` does. */
export function buildProblem(
  interactions: Interactions,
  params: WeightParams & RegularizationParams,
): Problem {
  const confidence = confidenceOf(interactions, params);
  const { rows, cols, indptr, indices } = confidence;
  const perUser = new Uint32Array(rows);
  const perItem = new Uint32Array(cols);
  for (let u = 0; u < rows; u++) perUser[u] = indptr[u + 1]! - indptr[u]!;
  for (const i of indices) perItem[i]!++;
  return {
    confidence,
    userLambda: lambdas(perUser, cols, params),
    itemLambda: lambdas(perItem, rows, params),
  };
}

/**
 * Users x items with the extra confidence c - 1 = alpha * f(r) * (popularity / mean)^-beta of each
 * of `pairs(interactions)`.
 *
 * With a half-life each purchase counts quantity * 2^-(age / halfLife), age from the latest of these
 * interactions; returns take back their share of every purchase of the pair: r is the decayed
 * purchases times net / purchases. A return of one of two old purchases thus halves the pair, where
 * subtracting the return at its own, younger age could leave less than nothing of a kept purchase.
 * `binary` counts a pair once, as old as its latest purchase.
 *
 * Throws `RangeError` where a confidence is not finite, where a half-life is asked of interactions
 * without times, or where no pair is left; and as `pairs` does. `section` is where the config has the
 * params, for the remedy.
 */
export function confidenceOf(
  interactions: Interactions,
  params: WeightParams,
  section = "train",
): Csr {
  const net = pairs(interactions);
  if (net.indices.length === 0) {
    throw new RangeError(
      `None of ${interactions.user.length} purchases leaves a net quantity above zero, so there is ` +
        `nothing to fit: check source.interactions.columns.quantity and the split`,
    );
  }
  const buyers = new Uint32Array(net.cols);
  for (const item of net.indices) buyers[item]!++;
  const scale = Float64Array.from(buyers, popularityScale(buyers, params.popularityExponent));
  return weigh(interactions, net, params, (item) => scale[item]!, undefined, section);
}

/**
 * The values of `confidenceOf` that a model must keep, because the quantities of its pairs do not tell
 * them: those with a half-life. `undefined` without one.
 */
export function decayedConfidence(
  interactions: Interactions,
  params: WeightParams,
): Float32Array | undefined {
  return params.halfLife === null ? undefined : confidenceOf(interactions, params).values;
}

/**
 * `confidenceOf` of `net`, which is `pairs(interactions)` and may be without entries: each item's
 * scale is given, and ages are taken from `now`, in seconds since 1970 UTC, by default the latest of
 * these interactions. Throws `RangeError` as `confidenceOf` does, but for where no pair is left.
 */
export function weigh(
  interactions: Interactions,
  net: Csr,
  params: WeightParams,
  scale: (item: number) => number,
  now?: number,
  section = "train",
): Csr {
  const { quantity } = interactions;
  const decay = decayOf(interactions, params.halfLife, `${section}.halfLife`, now);
  const values = new Float32Array(net.indices.length);
  eachPair(interactions, net, (p, u, i, from, to) => {
    let purchases = 0;
    let decayed = 0;
    let latest = 0;
    for (let at = from; at < to; at++) {
      if (quantity[at]! <= 0) continue;
      purchases += quantity[at]!;
      decayed += quantity[at]! * decay(at);
      latest = Math.max(latest, decay(at));
    }
    const r = decayed * (net.values[p]! / purchases);
    values[p] = params.alpha * weightOf(r, latest, params) * scale(i);
    if (!Number.isFinite(values[p]!)) {
      throw new RangeError(
        `The confidence of user row ${u} in item row ${i} is not finite: it has quantity ` +
          `${net.values[p]}; lower ${
            section === "train" ? "train.alpha or " : ""
          }${section}.popularityExponent, or set ${section}.weight to "log1p" or "capped"`,
      );
    }
  });
  return { ...net, values };
}

/** f(r): what a pair of quantity r counts, whose latest purchase counts `latest` (1 without a half-life). */
export function weightOf(
  r: number,
  latest: number,
  { weight, cap }: Pick<WeightParams, "weight" | "cap">,
): number {
  switch (weight) {
    case "binary":
      return latest;
    case "linear":
      return r;
    case "log1p":
      return Math.log1p(r);
    case "capped":
      return Math.min(r, cap);
  }
}

/**
 * The r, and what the latest purchase counts, that gave the weight f: the inverse of `weightOf`. A weight
 * that was capped tells only that r was no less than the cap; a binary one tells no r.
 */
export function amountOfWeight(
  f: number,
  { weight }: Pick<WeightParams, "weight">,
): { readonly r: number; readonly latest: number } {
  switch (weight) {
    case "binary":
      return { r: f, latest: f };
    case "linear":
    case "capped":
      return { r: f, latest: 1 };
    case "log1p":
      return { r: Math.expm1(f), latest: 1 };
  }
}

/**
 * What a purchase in row `at` counts: 2^-(age / halfLife), age from `now`, by default the latest of
 * the interactions; 1 without a half-life. Throws `RangeError` where there are no times; `key` is
 * what asks for them.
 */
export function decayOf(
  interactions: Interactions,
  halfLife: number | null,
  key: string,
  now?: number,
): (at: number) => number {
  if (halfLife === null) return () => 1;
  const { time } = interactions;
  if (time === undefined) {
    throw new RangeError(
      `${key} asks for a half-life of ${halfLife} days but the purchases have no time: map ` +
        `source.interactions.columns.time, or set ${key} to null`,
    );
  }
  const latest = now ?? latestTime(interactions) ?? 0;
  return (at) => 2 ** ((time[at]! - latest) / (halfLife * DAY));
}

/**
 * (n / mean)^-exponent of an item with n buyers, the mean over the items with a buyer; 0 for one that
 * nobody bought, which has no pair to scale.
 */
export function popularityScale(
  buyers: Uint32Array | Float32Array,
  exponent: number,
): (n: number) => number {
  let pairs = 0;
  let items = 0;
  for (const n of buyers) {
    pairs += n;
    if (n > 0) items++;
  }
  const mean = pairs / items;
  return (n) => n > 0 ? (n / mean) ** -exponent : 0;
}

function lambdas(counts: Uint32Array, others: number, params: RegularizationParams): Float64Array {
  return Float64Array.from(counts, (count) => lambdaOf(count, others, params));
}

/** The regularization of a row with `count` entries, where the other side has `others` rows. */
export function lambdaOf(count: number, others: number, params: RegularizationParams): number {
  const { regularization, lambda, nu, alpha0 } = params;
  // A row without entries is zero whatever its lambda, which only has to be above zero.
  const n = Math.max(1, count);
  switch (regularization) {
    case "constant":
      return lambda;
    case "weighted":
      return lambda * n;
    case "frequency":
      return lambda * (n + alpha0 * others) ** nu;
  }
}
