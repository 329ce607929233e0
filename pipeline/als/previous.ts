/** An earlier model as the start of a fit: users and items are matched by id. */
import type { Factors } from "../data/formats.ts";
import { type Csr, type Dense, rowIndices, widened } from "../data/matrix.ts";
import type { Manifest } from "./manifest.ts";
import { learnedColumns, type Model } from "./model.ts";
import { freshFactors } from "./start.ts";

/** Whom a fit is for. */
export interface Fitted {
  /** Ids by user index. */
  readonly users: readonly string[];
  /** Ids by item index. */
  readonly items: readonly string[];
  /** users x items: what is bought in the part to fit. */
  readonly pairs: Csr;
}

export interface Start {
  /** The columns to be learned and those of biases: the trend is left out. */
  readonly factors: Factors;
  /** Users and items with a pair whose factors the model had. */
  readonly users: number;
  readonly items: number;
}

/** Throws `RangeError` where a fit of so many factors cannot start from the model's. */
export function checkWidth(model: Model, factors: number): void {
  const learned = learnedColumns(model);
  if (learned === factors) return;
  throw new RangeError(
    `The last export has ${learned} factors, train.factors is ${factors}: set train.factors to ` +
      `${learned}, or train.init to "fresh" for one run`,
  );
}

/**
 * The learned factors of `model`, with their biases, for these users and items. Those that it does not
 * have, or that had no purchase then, start as a solver would start them, their columns of biases at
 * zero: the solver knows by that. Those without a purchase now start at zero, and those that are gone
 * are dropped. Throws as `checkWidth` does.
 */
export function startFrom(
  model: Model,
  { users, items, pairs }: Fitted,
  { factors, seed }: { readonly factors: number; readonly seed: number },
): Start {
  checkWidth(model, factors);
  const fresh = freshFactors(pairs, { factors, seed });
  const cols = factors + model.manifest.biasColumns;
  const user = widened({ rows: users.length, cols: factors, data: fresh.userFactors }, cols);
  const item = widened({ rows: items.length, cols: factors, data: fresh.itemFactors }, cols);
  const bought = new Uint8Array(items.length);
  for (const i of pairs.indices) bought[i] = 1;
  return {
    factors: { user, item },
    users: copyKnown(model.userFactors, indexOf(model.users), user, users, {
      before: (u) => rowIndices(model.seen, u).length > 0,
      now: (u) => rowIndices(pairs, u).length > 0,
    }),
    items: copyKnown(model.itemFactors, indexOf(model.items.map(({ id }) => id)), item, items, {
      before: (i) => model.popularity[i]! > 0,
      now: (i) => bought[i] === 1,
    }),
  };
}

/**
 * Whether a model may know of a purchase later than `cut`, in seconds since 1970; one that does not say
 * until when it was fitted may, and null is a time that is not known.
 */
export function mayHaveSeen({ fittedUntil }: Manifest, cut: number | null): boolean {
  return fittedUntil === undefined || cut === null || Date.parse(fittedUntil) / 1000 > cut;
}

/** Copies the first `to.cols` columns of rows that have a pair before and now; returns their number. */
function copyKnown(
  from: Dense,
  indices: ReadonlyMap<string, number>,
  to: Dense,
  ids: readonly string[],
  hasPairs: { before(row: number): boolean; now(row: number): boolean },
): number {
  let known = 0;
  for (const [row, id] of ids.entries()) {
    const old = indices.get(id);
    if (old === undefined || !hasPairs.before(old) || !hasPairs.now(row)) continue;
    to.data.set(from.data.subarray(old * from.cols, old * from.cols + to.cols), row * to.cols);
    known++;
  }
  return known;
}

function indexOf(ids: readonly string[]): ReadonlyMap<string, number> {
  return new Map(ids.map((id, index) => [id, index]));
}
