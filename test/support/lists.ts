/** Lists by hand. */
import type { Lists } from "../../pipeline/metrics/ranking.ts";

/** Lists of at most `k` items each. */
export function listsOf(k: number, rows: readonly (readonly number[])[]): Lists {
  const items = new Uint32Array(rows.length * k);
  rows.forEach((row, r) => items.set(row, r * k));
  return { k, lengths: Uint32Array.from(rows, (row) => row.length), items };
}
