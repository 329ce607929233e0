/** Which items are shown, and how evenly: over all users at once. */
import { conventions, type MetricDefinition } from "./definition.ts";
import type { Lists } from "./ranking.ts";

const users = "all test users' lists together: no mean, hence no values by user";

export const coverageDefinition: MetricDefinition = {
  name: "Catalogue coverage",
  formula: "distinct items within the first k of any user's list, over the denominator",
  denominator:
    "items bought at least once in the purchases that the pipeline was given, before the split",
  ties: conventions.ties,
  users,
  source: "Herlocker et al. 2004; Ge, Delgado-Battenfeld & Jannach 2010",
  better: "higher",
};

export const giniDefinition: MetricDefinition = {
  name: "Gini index of exposure",
  formula:
    "sum over items j of (2j - n - 1) * p_j, over the denominator; p_j: share of all places within the first k of the lists that item j has, items in ascending order of it, n items. 0: all shown alike; 1: only one is shown",
  denominator: "n - 1; n as that of coverage: items never shown count",
  ties: conventions.ties,
  users,
  source: "Shani & Gunawardana 2011, Recommender Systems Handbook, chapter 8",
  better: "lower",
};

/**
 * In how many lists each of `items` catalogue items stands among the first k. Throws `RangeError` for
 * lists too short for k, or of an item beyond the catalogue.
 */
export function exposure(lists: Lists, k: number, items: number): Uint32Array {
  if (lists.k < k) throw new RangeError(`Lists of ${lists.k} items say nothing about k = ${k}`);
  const shown = new Uint32Array(items);
  for (let r = 0; r < lists.lengths.length; r++) {
    const from = r * lists.k;
    const to = from + Math.min(k, lists.lengths[r]!);
    for (let at = from; at < to; at++) {
      const item = lists.items[at]!;
      if (item >= items) throw new RangeError(`List ${r} holds item ${item} of ${items}`);
      shown[item]!++;
    }
  }
  return shown;
}

/** Share of the items that are shown at all; 0 of an empty catalogue. */
export function coverage(shown: Uint32Array): number {
  let distinct = 0;
  for (const times of shown) if (times > 0) distinct++;
  return shown.length === 0 ? 0 : distinct / shown.length;
}

/** Undefined where nothing is shown; 0 of a catalogue of one item. */
export function gini(shown: Uint32Array): number | undefined {
  const n = shown.length;
  let total = 0;
  let sum = 0;
  shown.toSorted().forEach((times, at) => {
    total += times;
    sum += (2 * (at + 1) - n - 1) * times;
  });
  if (total === 0) return undefined;
  return n === 1 ? 0 : sum / total / (n - 1);
}
