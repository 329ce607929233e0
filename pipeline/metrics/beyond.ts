/** Beyond accuracy: what is shown, to whom, and how much of it everybody buys anyway. */
import { meanOverUsers, type MetricDefinition } from "./definition.ts";
import { diversity, diversityDefinition } from "./diversity.ts";
import { coverage, coverageDefinition, exposure, gini, giniDefinition } from "./exposure.ts";
import { type Lists, mean } from "./ranking.ts";
import type { TrainingFacts } from "./training_facts.ts";

const novelty: MetricDefinition = {
  ...meanOverUsers,
  name: "Novelty",
  formula:
    "mean over the items within the first k of -log2(share of training users who bought it), in bits; an item that nobody bought counts as one with one buyer",
  denominator: "items within the list's first k",
  source: "Zhou et al. 2010, there called mean self-information",
  better: "neither",
};

const averagePopularity: MetricDefinition = {
  ...meanOverUsers,
  name: "Average recommendation popularity",
  formula: "mean over the items within the first k of the share of training users who bought it",
  denominator: "items within the list's first k",
  source: "Yin et al. 2012",
  better: "neither",
};

const popularityLift: MetricDefinition = {
  ...meanOverUsers,
  name: "Popularity lift",
  formula:
    "averagePopularity@k over the denominator, minus 1. 0: lists as popular as what the same users bought; 1: twice as popular",
  denominator: "mean over the test users of the mean popularity of what they bought in training",
  users:
    "the test users; a ratio of two means, hence no values by user (averagePopularity has them)",
  source: "Abdollahpouri et al. 2020",
  better: "neither",
};

/** By the part of a figure's key before "@". */
export const beyondDefinitions: Readonly<Record<string, MetricDefinition>> = {
  coverage: coverageDefinition,
  gini: giniDefinition,
  novelty,
  averagePopularity,
  popularityLift,
  diversity: diversityDefinition,
};

export interface BeyondAccuracy {
  /** "coverage@10" to its value. */
  readonly figures: Readonly<Record<string, number>>;
  /** "novelty@10" to one value a list; of those figures that are means. */
  readonly perUser: Readonly<Record<string, Float64Array>>;
}

/**
 * All of them at every one of the ascending `ks`; a figure that is not defined for a k is left out.
 * Throws `RangeError` for lists too short, or of items beyond the catalogue.
 */
export function beyondAccuracy(
  lists: Lists,
  ks: readonly number[],
  facts: TrainingFacts,
): BeyondAccuracy {
  const figures: Record<string, number> = {};
  const perUser: Record<string, Float64Array> = {};
  // First, since it checks that every item is one of the catalogue.
  const shown = ks.map((k) => exposure(lists, k, facts.items));
  const diverse = diversity(lists, ks, facts);
  for (const [n, k] of ks.entries()) {
    figures[`coverage@${k}`] = coverage(shown[n]!);
    const uneven = gini(shown[n]!);
    if (uneven !== undefined) figures[`gini@${k}`] = uneven;
    perUser[`novelty@${k}`] = listMeans(lists, k, facts.selfInformation);
    const popularity = perUser[`averagePopularity@${k}`] = listMeans(lists, k, facts.popularity);
    const values = diverse[`diversity@${k}`];
    if (values) perUser[`diversity@${k}`] = values;
    if (popularity.length > 0 && facts.profilePopularity > 0) {
      figures[`popularityLift@${k}`] = mean(popularity) / facts.profilePopularity - 1;
    }
  }
  for (const [key, values] of Object.entries(perUser)) {
    if (values.length > 0) figures[key] = mean(values);
  }
  return { figures, perUser };
}

/** Mean of `of` over the first k items of each list; 0 for an empty one. */
function listMeans(lists: Lists, k: number, of: Float64Array): Float64Array {
  const means = new Float64Array(lists.lengths.length);
  for (let r = 0; r < means.length; r++) {
    const length = Math.min(k, lists.lengths[r]!);
    let sum = 0;
    for (let at = r * lists.k; at < r * lists.k + length; at++) sum += of[lists.items[at]!]!;
    means[r] = length === 0 ? 0 : sum / length;
  }
  return means;
}
