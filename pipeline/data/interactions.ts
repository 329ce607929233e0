import type { Csr } from "./matrix.ts";

/**
 * Purchases as columns, one entry for each (user, item, time), ordered by user, item, time.
 * Returns are negative quantities: `pairs` nets them.
 */
export interface Interactions {
  /** Number of users; indices are below it. */
  readonly users: number;
  /** Number of items; indices are below it. */
  readonly items: number;
  readonly user: Uint32Array;
  readonly item: Uint32Array;
  /** Multiples of 0.001, never zero. */
  readonly quantity: Float64Array;
  /** Seconds since 1970 UTC; `undefined` where the source has no time. */
  readonly time: Float64Array | undefined;
}

/** A span of time in seconds since 1970 UTC: `since` belongs to it, `until` does not. */
export interface Span {
  readonly since?: number;
  readonly until?: number;
}

/** Quantities are kept to three decimals, so sums in thousandths are exact. */
const THOUSANDTHS = 1000;

/**
 * What each user has bought within `span`: users x items, values are net quantities (purchases
 * minus returns). A pair that nets to zero or below has no entry.
 *
 * Throws `RangeError` where the interactions are not ordered by user and item or an index is too
 * large, and `TypeError` where a span is asked of interactions without times.
 */
export function pairs(interactions: Interactions, span: Span = {}): Csr {
  const { users, items, user, item, quantity, time } = interactions;
  const { since = -Infinity, until = Infinity } = span;
  if (time === undefined && (since !== -Infinity || until !== Infinity)) {
    throw new TypeError(
      "These purchases have no times, so no span of time can be taken from them: " +
        "set source.interactions.columns.time, or choose a split without times",
    );
  }
  const indptr = new Uint32Array(users + 1);
  const indices = new Uint32Array(user.length);
  const values = new Float32Array(user.length);
  let entries = 0;
  for (let from = 0, to = 0; from < user.length; from = to) {
    const u = user[from]!;
    const i = item[from]!;
    if (!(u < users && i < items)) {
      throw new RangeError(
        `Interaction ${from} is of user ${u} and item ${i}; there are ${users} users, ${items} items`,
      );
    }
    let net = 0;
    for (; to < user.length && user[to]! === u && item[to]! === i; to++) {
      if (time !== undefined && (time[to]! < since || time[to]! >= until)) continue;
      net += Math.round(quantity[to]! * THOUSANDTHS);
    }
    if (to < user.length && (user[to]! < u || (user[to]! === u && item[to]! < i))) {
      throw new RangeError(`Interaction ${to} is out of order: sort by user, item, time first`);
    }
    if (net <= 0) continue;
    indices[entries] = i;
    values[entries] = net / THOUSANDTHS;
    entries++;
    indptr[u + 1]!++;
  }
  for (let u = 0; u < users; u++) indptr[u + 1]! += indptr[u]!;
  return {
    rows: users,
    cols: items,
    indptr,
    indices: indices.slice(0, entries),
    values: values.slice(0, entries),
  };
}

/**
 * All entries of two parts of the same purchases, in their order. Throws `TypeError` where one has
 * times and the other has not.
 */
export function union(a: Interactions, b: Interactions): Interactions {
  if ((a.time === undefined) !== (b.time === undefined)) {
    throw new TypeError("Purchases with times and purchases without are no parts of one whole");
  }
  const size = a.user.length + b.user.length;
  const time = a.time && b.time ? new Float64Array(size) : undefined;
  const user = new Uint32Array(size);
  const item = new Uint32Array(size);
  const quantity = new Float64Array(size);
  for (let at = 0, x = 0, y = 0; at < size; at++) {
    const first = y >= b.user.length || x < a.user.length && before(a, x, b, y) <= 0;
    const [from, p] = first ? [a, x++] : [b, y++];
    user[at] = from.user[p]!;
    item[at] = from.item[p]!;
    quantity[at] = from.quantity[p]!;
    if (time !== undefined) time[at] = from.time?.[p] ?? 0;
  }
  const [users, items] = [Math.max(a.users, b.users), Math.max(a.items, b.items)];
  return { users, items, user, item, quantity, time };
}

/** Below zero where entry `x` of `a` stands before entry `y` of `b`. */
function before(a: Interactions, x: number, b: Interactions, y: number): number {
  return a.user[x]! - b.user[y]! || a.item[x]! - b.item[y]! ||
    (a.time?.[x] ?? 0) - (b.time?.[y] ?? 0);
}

/** One pair: its place in the matrix, and the interactions that are of it, from `from` on and before `to`. */
export type PairVisit = (
  entry: number,
  user: number,
  item: number,
  from: number,
  to: number,
) => void;

/**
 * Visits each entry of `net`, which is `pairs(interactions)`, in order. Pairs that were returned have no entry,
 * but stand in the same order: both are walked through once.
 */
export function eachPair(
  { user, item }: Pick<Interactions, "user" | "item">,
  { rows, indptr, indices }: Pick<Csr, "rows" | "indptr" | "indices">,
  visit: PairVisit,
): void {
  for (let u = 0, at = 0; u < rows; u++) {
    for (let p = indptr[u]!; p < indptr[u + 1]!; p++) {
      const i = indices[p]!;
      while (user[at]! < u || item[at]! !== i) at++;
      const from = at;
      while (user[at] === u && item[at] === i) at++;
      visit(p, u, i, from, at);
    }
  }
}

/** The latest time, in seconds since 1970 UTC; `undefined` where no interaction has one. */
export function latestTime({ time }: Interactions): number | undefined {
  if (time === undefined || time.length === 0) return undefined;
  return time.reduce((latest, t) => Math.max(latest, t), -Infinity);
}

/** The latest time as ISO text; `undefined` where no interaction has one. */
export function latestText(interactions: Interactions): string | undefined {
  const latest = latestTime(interactions);
  return latest === undefined ? undefined : new Date(latest * 1000).toISOString();
}
