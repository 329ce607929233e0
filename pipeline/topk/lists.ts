import type { Csr, Dense } from "../data/matrix.ts";

/** The best items of one user, best first; `items.length` is the length of the list. */
export interface RankedList {
  readonly items: Uint32Array;
  readonly scores: Float64Array;
}

/** The lists of many users: list `r` holds the first `lengths[r]` of the k places of row `r`. */
export interface RankedLists {
  readonly k: number;
  /** rows; each at most k. */
  readonly lengths: Uint32Array;
  /** rows x k, row-major; 0 beyond a list's length. */
  readonly items: Uint32Array;
  /** rows x k, row-major; 0 beyond a list's length. */
  readonly scores: Float64Array;
}

/** Which items may stand in a user's list. */
export interface Candidates {
  /** users x items, by user index. */
  readonly pairs: Csr;
  /** "without": every item but those of the user's row. "only": no item but those. */
  readonly mode: "without" | "only";
}

/** A ranking by inner product, asked for many users at once. */
export interface TopKQuery {
  /** users x factors */
  readonly users: Dense;
  /** items x factors */
  readonly items: Dense;
  /** Indices of the users to rank for: list `r` belongs to user `rows[r]`. */
  readonly rows: Uint32Array;
  readonly k: number;
  /** Left out: every item is a candidate. */
  readonly candidates?: Candidates | undefined;
}

/** List `r`: views, best item first. */
export function listAt(lists: RankedLists, r: number): RankedList {
  const from = r * lists.k;
  const to = from + (lists.lengths[r] ?? 0);
  return { items: lists.items.subarray(from, to), scores: lists.scores.subarray(from, to) };
}

/** Throws `RangeError` unless k is a count from 1. */
export function checkK(k: number): void {
  if (!Number.isInteger(k) || k < 1) {
    throw new RangeError(`k is ${k}: ask for a whole number of items from 1`);
  }
}

/** Throws `RangeError` where a matrix holds more or fewer values than its shape says. */
export function checkShape(what: string, { rows, cols, data }: Dense): void {
  if (data.length !== rows * cols) {
    throw new RangeError(
      `${rows} x ${cols} ${what} need ${rows * cols} values, not ${data.length}`,
    );
  }
}
