/** One strategy put to work: where every interaction belongs, and what to do where a part is empty. */
import type { Interactions } from "../interactions.ts";
import {
  cutTime,
  leaveLastOut,
  type Mask,
  random,
  type SplitSummary,
  type Strategy,
  temporal,
} from "../split.ts";
import { type HeldOut, heldOutUsers } from "./held_out.ts";

/** What decides a split: `split` in the config, but for the file of "given". */
export interface SplitOptions {
  /** Days that are tested. */
  readonly days: number;
  /** Seconds since 1970 UTC; null: so that the test part ends with the last purchase. */
  readonly cut: number | null;
  /** Days after the cut that belong to neither part. */
  readonly gapDays: number;
  /** How much earlier than that the cut is: for the cuts of a rolling origin before the last. */
  readonly earlierDays: number;
  readonly fraction: number;
  readonly heldOut: HeldOut;
  readonly seed: number;
}

const DAY = 86_400;

/**
 * The part of each interaction, and the cut in seconds since 1970, null where there is none. Throws
 * `TypeError` where the strategy asks for times that are not there.
 */
export function divide(
  all: Interactions,
  ids: readonly string[],
  strategy: Exclude<Strategy, "given">,
  options: SplitOptions,
): { readonly mask: Mask; readonly cut: number | null } {
  const { fraction, heldOut, seed } = options;
  if (strategy === "random") return { mask: random(all, ids, fraction, seed), cut: null };
  if (strategy === "held-out-users") {
    return { mask: heldOutUsers(all, ids, heldOut, seed), cut: null };
  }
  const { time } = all;
  if (time === undefined) {
    throw new TypeError(
      `split.strategy is "${strategy}", but the purchases have no times: set ` +
        `source.interactions.columns.time, or split.strategy to "random"`,
    );
  }
  if (strategy === "leave-last-out") return { mask: leaveLastOut(all, time), cut: null };
  const window = windowOf(all, time, options);
  return { mask: temporal(time, window.cut, window), cut: window.cut };
}

/** Where the training part ends, the test part begins and ends, in seconds since 1970. */
function windowOf(
  all: Interactions,
  time: Float64Array,
  { days, cut: asked, gapDays, earlierDays }: SplitOptions,
): { readonly cut: number; readonly from: number; readonly until: number } {
  const last = cutTime(time, 0);
  const end = asked === null ? endOf(all, time, (days + gapDays) * DAY) : last;
  const cut = (asked ?? end - (days + gapDays) * DAY) - earlierDays * DAY;
  const from = cut + gapDays * DAY;
  // Counted from the end, the test part ends there: no rounding may leave the last purchase out.
  if (asked === null && earlierDays === 0) {
    return { cut, from, until: end === last ? Infinity : end };
  }
  return { cut, from, until: from + days * DAY };
}

/** The least part of all interactions that a window counted from the end has of users known before it. */
const LEAST = 0.001;
/** Windows that are looked at before it is left at the last purchase. */
const MOST_WINDOWS = 24;

/**
 * The time from which a test window of so many seconds is counted back: that of the last purchase, unless hardly
 * anything could be tested before it. A few orders long after all others, as where the clock of a till was wrong or
 * where a server takes orders for a shop whose file ends last year, must not be the whole test.
 */
function endOf({ user, users }: Interactions, time: Float64Array, seconds: number): number {
  const first = new Float64Array(users).fill(Infinity);
  for (let n = 0; n < time.length; n++) first[user[n]!] = Math.min(first[user[n]!]!, time[n]!);
  const last = cutTime(time, 0);
  for (let end = last, n = 0; end > -Infinity && n < MOST_WINDOWS; n++) {
    const from = end - seconds;
    let tested = 0;
    let before = -Infinity;
    for (let n = 0; n < time.length; n++) {
      const at = time[n]!;
      if (at > end) continue;
      if (at <= from) before = Math.max(before, at);
      else if (first[user[n]!]! <= from) tested++;
    }
    if (tested >= Math.max(1, LEAST * time.length)) return end;
    end = before;
  }
  return last;
}

/** Throws `RangeError`, with the remedy for the strategy, where a part is empty. */
export function checkParts(
  { train, test, foldIn, strategy, cut }: SplitSummary,
  { days, cut: asked, earlierDays }: SplitOptions,
  file?: string,
): void {
  if (train.pairs > 0 && test.pairs > 0 && foldIn?.pairs !== 0) return;
  const part = train.pairs === 0 ? "training" : "test";
  const twoItems = `no user has two items: set split.strategy to "temporal", or add purchases`;
  const at = cut === null ? "" : new Date(cut * 1000).toISOString();
  const remedies: Record<Strategy, string> = {
    temporal: temporalRemedy(part, { at, days, absolute: asked !== null || earlierDays > 0 }),
    "leave-last-out": twoItems,
    random: twoItems,
    "held-out-users": part === "training"
      ? "all users are held out: lower split.heldOut.users, or add purchases"
      : twoItems,
    given: part === "test"
      ? `${file} holds no purchase that is not returned: check its columns and values`
      : "the purchases net to nothing: check source.interactions.columns.quantity",
  };
  throw new RangeError(`The ${part} part is empty: ${remedies[strategy]}`);
}

function temporalRemedy(
  part: "training" | "test",
  { at, days, absolute }: { at: string; days: number; absolute: boolean },
): string {
  if (absolute) {
    return part === "training"
      ? `no purchase lies before the cut at ${at}: set a later split.cut, or fewer split.rolling.cuts`
      : `the ${days} days after the cut at ${at} and its gap hold no purchase that is not returned: ` +
        `set an earlier split.cut, or raise split.days`;
  }
  return part === "training"
    ? `all purchases lie within the last ${days} days: lower split.days, or set split.strategy to "random"`
    : `the last ${days} days hold only returns: raise split.days`;
}

/** A split in a few lines: the parts, what is in none, what leaks. */
export function describeSplit(summary: SplitSummary): string[] {
  const { requested, strategy, train, test, foldIn, cut, gapDays, unused, unknown } = summary;
  const why = requested === "auto"
    ? strategy === "temporal" ? " (auto: the purchases have times)" : " (auto: no times)"
    : "";
  const at = cut === null ? "" : `, training up to ${new Date(cut * 1000).toISOString()}`;
  const folded = foldIn === null ? "" : `, ${foldIn.pairs} pairs of ${foldIn.users} to fold in`;
  const lines = [
    `${strategy}${why}${at}: ${train.pairs} training pairs of ${train.users} users${folded}, ` +
    `${test.pairs} test pairs of ${test.users} users`,
    `leaks: ${summary.leaks}`,
  ];
  if (unused.gap + unused.later > 0) {
    lines.push(
      `not used: ${unused.gap} interactions in the ${gapDays} days of the gap, ${unused.later} after ` +
        `the tested days`,
    );
  }
  if (unknown) {
    lines.push(
      `the test file has ${unknown.users} users and ${unknown.items} items that training does not ` +
        `know, in ${unknown.interactions} interactions: they stay and count as misses or cold users`,
    );
  }
  return lines;
}
