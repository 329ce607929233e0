/** Small shops that the baselines are tried on. */
import fc from "../support/fast_check.ts";
import type { Interactions } from "../../pipeline/data/interactions.ts";

export const DAY = 86_400;

/** `[user, item, quantity, day]`. */
export type Row = readonly [user: number, item: number, quantity: number, day: number];

/** Interactions from rows in any order; one a user, item and day. */
export function purchases(users: number, items: number, rows: readonly Row[]): Interactions {
  const unique = new Map(rows.map((row) => [`${row[0]} ${row[1]} ${row[3]}`, row]));
  const sorted = [...unique.values()]
    .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[3] - b[3]);
  return {
    users,
    items,
    user: Uint32Array.from(sorted, ([user]) => user),
    item: Uint32Array.from(sorted, ([, item]) => item),
    quantity: Float64Array.from(sorted, ([, , quantity]) => quantity),
    time: Float64Array.from(sorted, ([, , , day]) => day * DAY),
  };
}

/** The same without times: one row a user and item. */
export function untimed(users: number, items: number, rows: readonly Row[]): Interactions {
  const once = purchases(users, items, rows.map(([user, item, q]) => [user, item, q, 0]));
  return { ...once, time: undefined };
}

export const USERS = 12;
export const ITEMS = 9;

/** Rows of a shop in which somebody has bought something; some are returns. */
export const rows: fc.Arbitrary<Row[]> = fc.array(
  fc.tuple(
    fc.nat(USERS - 1),
    fc.nat(ITEMS - 1),
    fc.constantFrom(1, 1, 1, 2, 5, -1),
    fc.nat(60),
  ),
  { minLength: 1, maxLength: 70 },
).map((all) => [[0, 0, 3, 61], ...all] as Row[]);

/** A larger shop of two tastes, by seed: what threads have something to do on. */
export function largeShop(users: number, items: number, seed: number, each = 12): Interactions {
  let state = seed;
  const next = () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32;
  const all: Row[] = [];
  for (let user = 0; user < users; user++) {
    for (let n = 0; n < each; n++) {
      const half = next() < 0.8 ? user % 2 : 1 - user % 2;
      const item = half + 2 * Math.floor(next() ** 2 * (items >> 1));
      all.push([
        user,
        Math.min(item, items - 1),
        1 + Math.floor(3 * next()),
        Math.floor(90 * next()),
      ]);
    }
  }
  return purchases(users, items, all);
}
