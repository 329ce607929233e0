/**
 * Two states of a pipeline by the values of the same test users, and whether the new one may replace the
 * old. `gate` asks for evidence that nothing is lost, not for evidence of a loss: what cannot be shown is
 * refused, as in a trial of non-inferiority (Piaggio et al. 2012, CONSORT). A loss of just the allowed size
 * is therefore refused in 39 of 40 cases, with however few users; fewer users make it refuse more.
 */
import { flipsFor, holm, type Interval, resample, type ResamplingOptions } from "./significance.ts";
import { type Verdict, verdict } from "./verdicts.ts";

/** The trained model's values in one state: in one cut, or in several that are pooled. */
export interface State {
  readonly cuts: readonly {
    /** User indices, ascending. */
    readonly users: Uint32Array;
    /** By metric ("ndcg@10"): one value for each of `users`. */
    readonly metrics: Readonly<Record<string, Float64Array>>;
  }[];
}

/** One metric before and after. */
export interface Change {
  readonly metric: string;
  readonly old: number;
  readonly new: number;
  /** New minus old. */
  readonly difference: number;
  readonly interval: Interval;
  /** The difference over the old mean: NaN or infinite where that is 0. */
  readonly relative: number;
  readonly relativeInterval: Interval;
  readonly p: number;
  /** p after Holm's correction for all metrics. */
  readonly adjusted: number;
  readonly verdict: Verdict;
}

export interface Changes {
  /** Users with a value on both sides, each counted once. */
  readonly users: number;
  /** Values of users who are tested on one side only: left out. */
  readonly onlyOld: number;
  readonly onlyNew: number;
  readonly metrics: readonly Change[];
}

/**
 * Compares all metrics that both states have, over the users that both have. A user who stands in several
 * cuts is drawn as a whole. Throws `RangeError` where the states have other cuts, or nobody in common.
 */
export function changes(
  before: State,
  after: State,
  options: Omit<ResamplingOptions, "clusters" | "flips">,
): Changes {
  if (before.cuts.length !== after.cuts.length) {
    throw new RangeError(
      `The old state was tested at ${before.cuts.length} cuts, the new one at ${after.cuts.length}`,
    );
  }
  const shared = before.cuts.map((old, cut) => matched(old.users, after.cuts[cut]!.users));
  const clusters = Uint32Array.from(
    shared.flatMap(({ left }, cut) => [...left].map((row) => before.cuts[cut]!.users[row]!)),
  );
  if (clusters.length === 0) {
    throw new RangeError("No user is tested in both states: there is nothing to compare");
  }
  const values = ({ cuts }: State, side: "left" | "right", metric: string) =>
    Float64Array.from(
      shared.flatMap((match, cut) =>
        [...match[side]].map((row) => cuts[cut]!.metrics[metric]![row]!)
      ),
    );
  const names = Object.keys(before.cuts[0]!.metrics).filter((metric) =>
    [...before.cuts, ...after.cuts].every(({ metrics }) => metrics[metric] !== undefined)
  );
  const pairs = names.map((metric) => ({
    a: values(after, "right", metric),
    b: values(before, "left", metric),
  }));
  const flips = flipsFor(pairs.length, options);
  const { comparisons } = resample([], pairs, { ...options, clusters, flips });
  const adjusted = holm(comparisons.map(({ p }) => p));
  const sizeOf = ({ cuts }: State) => cuts.reduce((sum, { users }) => sum + users.length, 0);
  return {
    users: new Set(clusters).size,
    onlyOld: sizeOf(before) - clusters.length,
    onlyNew: sizeOf(after) - clusters.length,
    metrics: comparisons.map((comparison, n) => ({
      metric: names[n]!,
      old: mean(pairs[n]!.b),
      new: mean(pairs[n]!.a),
      ...comparison,
      adjusted: adjusted[n]!,
      verdict: verdict(comparison.difference, adjusted[n]!, options.level),
    })),
  };
}

export interface Decision {
  readonly refused: boolean;
  /**
   * `kept`: the loss is shown to be within what is allowed. `lost`: it is beyond it. `unclear`: it may be
   * beyond it, and more users would tell.
   */
  readonly why: "kept" | "lost" | "unclear";
  /** Half the width of the relative interval: smaller losses than about this cannot be told from chance. */
  readonly resolution: number;
}

/**
 * Refused where the lower bound of the paired interval of the relative difference lies below -maxLoss (0.1: a
 * tenth of the old mean). Nothing can be lost of an old mean of 0.
 */
export function decide(change: Change, maxLoss: number): Decision {
  if (change.old === 0) return { refused: false, why: "kept", resolution: 0 };
  const [low, high] = change.relativeInterval;
  const resolution = (high - low) / 2;
  if (low >= -maxLoss) return { refused: false, why: "kept", resolution };
  return { refused: true, why: change.relative < -maxLoss ? "lost" : "unclear", resolution };
}

/** Positions of the users that two ascending lists share. */
function matched(a: Uint32Array, b: Uint32Array): { left: Uint32Array; right: Uint32Array } {
  const [left, right]: [number[], number[]] = [[], []];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i]! === b[j]!) {
      left.push(i++);
      right.push(j++);
    } else if (a[i]! < b[j]!) i++;
    else j++;
  }
  return { left: Uint32Array.from(left), right: Uint32Array.from(right) };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
