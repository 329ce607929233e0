/** Purchases set aside within the training part, to choose the number of sweeps by. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { TrainHistory } from "../als/history.ts";
import type { Factors } from "../data/formats.ts";
import { type Interactions, pairs } from "../data/interactions.ts";
import { type Csr, rowIndices } from "../data/matrix.ts";
import {
  cutTime,
  leaveLastOut,
  type Mask,
  partition,
  random,
  type SplitSummary,
  temporal,
} from "../data/split.ts";
import { meanNdcg } from "../metrics/ranking.ts";
import { type Target, testSet } from "../metrics/test_set.ts";
import type { TopKPool } from "../topk/pool.ts";

type Slice = NonNullable<TrainHistory["selection"]>["slice"];

export interface Validation {
  readonly slice: Slice;
  /** The training part without the purchases set aside. */
  readonly fit: Interactions;
  /** What is later was set aside, in seconds since 1970; null where that is of all times. */
  readonly cut: number | null;
  /** Ascending: whom the figure is a mean over. */
  readonly users: Uint32Array;
  /** Row `r` holds what `users[r]` is to be recommended: of the purchases set aside, the `target`. */
  readonly relevant: Csr;
}

/** How the whole was cut into a training and a test part. */
export type Cut = Pick<SplitSummary, "strategy" | "days" | "fraction">;

/** The most users that a sweep is judged by, where not said otherwise. */
const MOST_USERS = 2000;
/** A window of time to validate on is at most this part of the training time. */
const WIDEST = 0.2;

/**
 * Cuts the training part as the split cut the whole: its last days (as many as were set aside to
 * test on, less where training is short), each user's last item, or a seeded share of each user's
 * items. Returns undefined where nobody could be judged by it.
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
  const { users, relevant } = testSet(pairs(fit), pairs(held), target);
  return users.length === 0
    ? undefined
    : sampleUsers({ slice, fit, cut, users, relevant }, most, seed);
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

/** Mean NDCG@10 over the full catalogue, what the user has in `fit` removed. */
export function validator(
  { fit, users, relevant }: Validation,
  pool: TopKPool,
  signal: AbortSignal,
): (factors: Factors) => Promise<number> {
  const candidates = { pairs: pairs(fit), mode: "without" } as const;
  return async ({ user, item }) => {
    const query = { users: user, items: item, rows: users, k: 10, candidates };
    return meanNdcg(await pool.topK(query, { signal }), relevant, 10);
  };
}

function maskOf(
  train: Interactions,
  { strategy, days, fraction }: Cut,
  seed: number,
): { slice: Slice; mask: Mask; cut: number | null } {
  const { time } = train;
  if (strategy === "temporal" && time) {
    const span = cutTime(time, 0) - time.reduce((first, t) => Math.min(first, t), Infinity);
    const window = Math.min(days, (span / 86_400) * WIDEST);
    const cut = cutTime(time, window);
    return { slice: "temporal", mask: temporal(time, cut), cut };
  }
  if (strategy === "leave-last-out" && time) {
    return { slice: "leave-last-out", mask: leaveLastOut(train, time), cut: null };
  }
  const ids = Array.from({ length: train.users }, (_, user) => String(user));
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
