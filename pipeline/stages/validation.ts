/** Purchases set aside within the training part, to choose the number of sweeps by. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { foldUsers, type FoldUsersParams } from "../als/fold_users.ts";
import type { TrainHistory } from "../als/history.ts";
import type { Factors } from "../data/formats.ts";
import { type Interactions, pairs, union } from "../data/interactions.ts";
import { type Csr, rowIndices } from "../data/matrix.ts";
import {
  cutTime,
  leaveLastOut,
  type Mask,
  PART,
  partition,
  random,
  select,
  type SplitSummary,
  temporal,
} from "../data/split.ts";
import { heldOutUsers } from "../data/split/held_out.ts";
import { meanNdcg } from "../metrics/ranking.ts";
import { type Target, testSet } from "../metrics/test_set.ts";
import type { TopKPool } from "../topk/pool.ts";

type Slice = NonNullable<TrainHistory["selection"]>["slice"];

export interface Validation {
  readonly slice: Slice;
  /** The training part without the purchases set aside. */
  readonly fit: Interactions;
  /** Of users that `fit` has not: what they are folded in from. */
  readonly foldIn: Interactions | undefined;
  /** users x items: what is known of all of them, which lists leave out. */
  readonly known: Csr;
  /** What is later was set aside, in seconds since 1970; null where that is of all times. */
  readonly cut: number | null;
  /** Ascending: whom the figure is a mean over. */
  readonly users: Uint32Array;
  /** Row `r` holds what `users[r]` is to be recommended: of the purchases set aside, the `target`. */
  readonly relevant: Csr;
}

/** How the whole was cut into a training and a test part. */
export type Cut = Pick<SplitSummary, "strategy" | "days" | "gapDays" | "fraction" | "heldOut">;

/** The most users that a sweep is judged by, where not said otherwise. */
const MOST_USERS = 2000;
/** A window of time to validate on is at most this part of the training time. */
const WIDEST = 0.2;

/**
 * Cuts the training part as the split cut the whole: its last days (as many as were set aside to
 * test on, less where training is short) with the same gap before them, each user's last item, a seeded
 * share of each user's items, or a seeded share of the users. Returns undefined where nobody could be
 * judged by it.
 *
 * @param options.target which of the purchases set aside count; by default items new to the user.
 * @param options.users how many users to judge by at most, by default 2,000: a seeded sample.
 */
export function validationSlice(
  train: Interactions,
  split: Cut,
  seed: number,
  { target = "new", users: most = MOST_USERS }: {
    readonly target?: Target;
    readonly users?: number;
  } = {},
): Validation | undefined {
  const { slice, mask, cut } = maskOf(train, split, seed);
  const [fit, held] = partition(train, mask);
  const foldIn = slice === "held-out-users" ? select(train, mask, PART.foldIn) : undefined;
  const known = pairs(foldIn === undefined ? fit : union(fit, foldIn));
  const { users, relevant } = testSet(known, pairs(held), target);
  return users.length === 0
    ? undefined
    : sampleUsers({ slice, fit, foldIn, known, cut, users, relevant }, most, seed);
}

/** The same slice, judged by at most so many of its users: a seeded sample. */
export function sampleUsers(validation: Validation, most: number, seed: number): Validation {
  const { users, relevant } = validation;
  if (users.length <= most) return validation;
  const rows = sampleRows(users.length, most, seed);
  return {
    ...validation,
    users: Uint32Array.from(rows, (r) => users[r]!),
    relevant: selectRows(relevant, rows),
  };
}

/** Mean NDCG@10 over the full catalogue, what is known of the user removed. */
export function validator(
  validation: Validation,
  params: FoldUsersParams,
  pool: TopKPool,
  signal: AbortSignal,
): (factors: Factors) => Promise<number> {
  const { users, relevant, known } = validation;
  const candidates = { pairs: known, mode: "without" } as const;
  return async (fitted) => {
    const { user, item } = withHeldOut(validation, fitted, params);
    const query = { users: user, items: item, rows: users, k: 10, candidates };
    return meanNdcg(await pool.topK(query, { signal }), relevant, 10);
  };
}

/** The factors by which the users of a validation are ranked for: those that the fit has not are folded in. */
export function withHeldOut(
  { fit, foldIn }: Validation,
  factors: Factors,
  params: FoldUsersParams,
): Factors {
  return foldIn === undefined ? factors : foldUsers(factors, fit, foldIn, params);
}

function maskOf(
  train: Interactions,
  { strategy, days, gapDays, fraction, heldOut }: Cut,
  seed: number,
): { slice: Slice; mask: Mask; cut: number | null } {
  const { time } = train;
  if (strategy === "temporal" && time) {
    const span = cutTime(time, 0) - time.reduce((first, t) => Math.min(first, t), Infinity);
    const window = Math.min(days, (span / 86_400) * WIDEST);
    const cut = cutTime(time, window + gapDays);
    const mask = temporal(time, cut, { from: cutTime(time, window) });
    return { slice: "temporal", mask, cut };
  }
  if (strategy === "leave-last-out" && time) {
    return { slice: "leave-last-out", mask: leaveLastOut(train, time), cut: null };
  }
  const ids = Array.from({ length: train.users }, (_, user) => String(user));
  if (strategy === "held-out-users") {
    return { slice: strategy, mask: heldOutUsers(train, ids, heldOut, seed), cut: null };
  }
  return { slice: "random", mask: random(train, ids, fraction, seed), cut: null };
}

/** `count` of the rows below `rows`, drawn without replacement, ascending; all where there are fewer. */
function sampleRows(rows: number, count: number, seed: number): Uint32Array {
  const all = Uint32Array.from({ length: rows }, (_, r) => r);
  if (rows <= count) return all;
  const generator = xoroshiro128plus(seed);
  for (let n = 0; n < count; n++) {
    const drawn = uniformInt(generator, n, rows - 1);
    [all[n], all[drawn]] = [all[drawn]!, all[n]!];
  }
  return all.slice(0, count).sort();
}

function selectRows(m: Csr, rows: Uint32Array): Csr {
  const indptr = new Uint32Array(rows.length + 1);
  const indices: number[] = [];
  for (let n = 0; n < rows.length; n++) {
    for (const item of rowIndices(m, rows[n]!)) indices.push(item);
    indptr[n + 1] = indices.length;
  }
  return {
    rows: rows.length,
    cols: m.cols,
    indptr,
    indices: Uint32Array.from(indices),
    values: new Float32Array(indices.length).fill(1),
  };
}
