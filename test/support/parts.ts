/** Interactions written as rows, for tests of splits. */
import fc from "./fast_check.ts";
import type { Interactions } from "../../pipeline/data/interactions.ts";

export type Row = [user: number, item: number, day: number, quantity: number];

const DAY = 86_400;

/** Interactions in the order that ingest writes them. */
export function purchases(
  rows: readonly Row[],
  { timed = true, users = 0, items = 0 }: { timed?: boolean; users?: number; items?: number } = {},
): Interactions {
  const sorted = rows.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return {
    users: Math.max(users, ...rows.map(([user]) => user + 1)),
    items: Math.max(items, ...rows.map(([, item]) => item + 1)),
    user: Uint32Array.from(sorted, ([user]) => user),
    item: Uint32Array.from(sorted, ([, item]) => item),
    quantity: Float64Array.from(sorted, ([, , , quantity]) => quantity),
    time: timed ? Float64Array.from(sorted, ([, , day]) => day * DAY) : undefined,
  };
}

/** The rows of interactions, in their order. */
export function rowsOf({ user, item, time, quantity }: Interactions): Row[] {
  return Array.from(user, (u, at) => [u, item[at]!, (time?.[at] ?? 0) / DAY, quantity[at]!]);
}

export const idsOf = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** A small shop: each user, item and day once. */
export const shop = fc.array(
  fc.tuple(fc.nat(6), fc.nat(9), fc.nat(30), fc.constantFrom(1, 1, 2, -1)),
  { minLength: 1, maxLength: 80 },
).map((rows) => {
  const unique = new Map(rows.map(([u, i, d, q]) => [`${u} ${i} ${d}`, [u, i, d, q] as Row]));
  return purchases([...unique.values()]);
});
