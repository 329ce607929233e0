/** What a space needs to know of the training part. */
import { lambdaOf, type RegularizationParams } from "../als/weights.ts";
import { type Interactions, pairs } from "../data/interactions.ts";
import { rounded } from "./draw.ts";

export interface Facts {
  /** Whether purchases have times: decay and trend need them. */
  readonly timed: boolean;
  readonly users: number;
  readonly items: number;
  /** Entries of each user with any, then of each item. */
  readonly perUser: Uint32Array;
  readonly perItem: Uint32Array;
}

/** Counts the pairs of a training part. */
export function factsOf(train: Interactions): Facts {
  const { rows, cols, indptr, indices } = pairs(train);
  const perUser = Uint32Array.from({ length: rows }, (_, u) => indptr[u + 1]! - indptr[u]!);
  const perItem = new Uint32Array(cols);
  for (const item of indices) perItem[item]!++;
  return {
    timed: train.time !== undefined,
    users: rows,
    items: cols,
    perUser: perUser.filter((count) => count > 0),
    perItem: perItem.filter((count) => count > 0),
  };
}

/**
 * The lambda with which the mean regularization of a row is `mean`, to two significant digits: so that
 * one range serves every kind of regularization and every exponent (as Rendle et al. 2022 rescale it).
 */
export function lambdaFor(
  mean: number,
  params: Omit<RegularizationParams, "lambda">,
  facts: Facts,
): number {
  return rounded(mean / unitMean(params, facts));
}

/** The mean regularization of a row, to two significant digits: what `lambdaFor` undoes. */
export function meanFor({ lambda, ...params }: RegularizationParams, facts: Facts): number {
  return rounded(lambda * unitMean(params, facts));
}

/** Of a row, where lambda is 1. */
function unitMean(
  params: Omit<RegularizationParams, "lambda">,
  { users, items, perUser, perItem }: Facts,
): number {
  const unit = { ...params, lambda: 1 };
  let sum = 0;
  for (const count of perUser) sum += lambdaOf(count, items, unit);
  for (const count of perItem) sum += lambdaOf(count, users, unit);
  return sum / (perUser.length + perItem.length);
}
