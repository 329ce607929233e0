import type { Lists, MetricDefinition } from "./ranking.ts";

export const coverageDefinition: MetricDefinition = {
  name: "Catalogue coverage",
  formula: "distinct items within the first k of any user's list, over the denominator",
  denominator:
    "items bought at least once in the purchases that the pipeline was given, before the split",
};

/** Share of `items` catalogue items that stand among the first k of at least one list. */
export function coverage(lists: Lists, k: number, items: number): number {
  if (lists.k < k) throw new RangeError(`Lists of ${lists.k} items say nothing about k = ${k}`);
  const shown = new Uint8Array(items);
  let distinct = 0;
  for (let r = 0; r < lists.lengths.length; r++) {
    const from = r * lists.k;
    const to = from + Math.min(k, lists.lengths[r]!);
    for (let at = from; at < to; at++) {
      const item = lists.items[at]!;
      if (item >= items) throw new RangeError(`List ${r} holds item ${item} of ${items}`);
      if (shown[item] === 0) {
        shown[item] = 1;
        distinct++;
      }
    }
  }
  return items === 0 ? 0 : distinct / items;
}
