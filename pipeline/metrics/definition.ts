/** What a metric means, as data: it goes with the figure into JSON and reports. */

export interface MetricDefinition {
  readonly name: string;
  readonly formula: string;
  readonly denominator: string;
  /** What happens where scores are equal. */
  readonly ties: string;
  /** Whose lists count, and what one without a list has. */
  readonly users: string;
  /** Where the definition comes from. */
  readonly source: string;
  /** Which way is good; neither: it describes the lists, and judges nothing by itself. */
  readonly better: "higher" | "lower" | "neither";
}

/** Holds for every metric, whatever its formula. */
export const conventions = {
  users:
    "The same users for every model: those with a training interaction and a relevant test item. A user whom a model gives no list scores 0. Users without a training interaction are left out and counted.",
  relevant:
    "A user's distinct test items that fit the target; items unknown to training stay relevant and are counted.",
  candidates:
    "The full catalogue, never a sample. Target new: items bought in training are removed, not pushed down. Target repeat: only items bought in training. Target all: every item.",
  ties: "Score descending, then item index ascending.",
  mean: "Arithmetic mean over the users.",
} as const;

/** The parts of a definition that all means over users share. */
export const meanOverUsers = {
  ties: conventions.ties,
  users: "mean over the test users; one without a list has 0",
} as const;

/** The definition alone, without what computes it. */
export function plainDefinition(of: MetricDefinition): MetricDefinition {
  const { name, formula, denominator, ties, users, source, better } = of;
  return { name, formula, denominator, ties, users, source, better };
}
