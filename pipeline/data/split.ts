/** Training and test part of the purchases: the strategies, and what each of them leaks. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { z } from "zod";
import { jsonFormat } from "./formats.ts";
import { type Interactions, pairs } from "./interactions.ts";

export type Strategy = "temporal" | "leave-last-out" | "random" | "given";

/** What a strategy lets the training part know that it could not have known at the time. */
export const LEAKS: Readonly<Record<Strategy, string>> = {
  temporal: "Nothing: every test purchase is later than every training purchase.",
  "leave-last-out":
    "The future of others: a user's last item is tested against a training part that holds other users' later purchases, so popularity and co-purchases of the future are known.",
  random:
    "Time: training holds purchases made after test purchases, by the same user and by others, so figures are higher than a shop will see.",
  given: "Whatever the given file leaks: how it was chosen is not known here.",
};

const count = z.int().min(0);
const part = z.strictObject({
  /** Entries by user, item and time. */
  interactions: count,
  /** Users with at least one entry. */
  users: count,
  /** (user, item) with a net quantity above zero. */
  pairs: count,
});

export const splitSummarySchema = z.strictObject({
  requested: z.enum(["auto", "temporal", "leave-last-out", "random", "given"]),
  strategy: z.enum(["temporal", "leave-last-out", "random", "given"]),
  leaks: z.string(),
  days: z.number().positive(),
  fraction: z.number().gt(0).lt(1),
  seed: z.int().min(0),
  /** temporal: training holds what is not later; seconds since 1970 UTC. */
  cut: z.number().nullable(),
  train: part,
  test: part,
  /** Test interactions earlier than the latest training interaction; null without times. */
  testBeforeTraining: count.nullable(),
  /** given: what training does not know. Null for other strategies. */
  unknown: z.strictObject({ users: count, items: count, interactions: count }).nullable(),
  /** given: rows of the file, and those that could not be used by reason. */
  rows: z.strictObject({ read: count, dropped: z.record(z.string(), count) }).nullable(),
});

export type SplitSummary = z.infer<typeof splitSummarySchema>;

export const splitFormat = jsonFormat("split", 1, splitSummarySchema);

/** For each interaction 1 where it belongs to the test part. */
export type Mask = Uint8Array;

/** The time after which purchases are test purchases: `days` before the last one. */
export function cutTime(time: Float64Array, days: number): number {
  let last = -Infinity;
  for (const t of time) last = Math.max(last, t);
  return last - days * 86_400;
}

/** One global point in time: everything later than `cut` is tested. */
export function temporal(time: Float64Array, cut: number): Mask {
  return Uint8Array.from(time, (t) => t > cut ? 1 : 0);
}

/**
 * Each user's last item, with all that the user bought of it: the item of the latest purchase, of
 * equal ones the higher index. Users with one item stay in training.
 */
export function leaveLastOut(interactions: Interactions, time: Float64Array): Mask {
  const mask = new Uint8Array(interactions.user.length);
  for (const runs of runsByUser(interactions)) {
    if (runs.length < 2) continue;
    let chosen: Run | undefined;
    let latest = -Infinity;
    for (const run of runs) {
      for (let at = run.from; at < run.to; at++) {
        if (interactions.quantity[at]! <= 0 || time[at]! < latest) continue;
        latest = time[at]!;
        chosen = run;
      }
    }
    if (chosen) mask.fill(1, chosen.from, chosen.to);
  }
  return mask;
}

/**
 * `fraction` of each user's items, rounded, at least one and never all, with all that the user
 * bought of them. Users with one item stay in training. A user's draw depends on `seed`, their id
 * and their own items alone.
 */
export function random(
  interactions: Interactions,
  ids: readonly string[],
  fraction: number,
  seed: number,
): Mask {
  const mask = new Uint8Array(interactions.user.length);
  for (const runs of runsByUser(interactions)) {
    if (runs.length < 2) continue;
    const wanted = Math.min(runs.length - 1, Math.max(1, Math.round(fraction * runs.length)));
    const user = interactions.user[runs[0]!.from]!;
    const generator = xoroshiro128plus(hash(ids[user] ?? "", seed));
    for (let n = 0; n < wanted; n++) {
      const drawn = uniformInt(generator, n, runs.length - 1);
      const run = runs[drawn]!;
      runs[drawn] = runs[n]!;
      mask.fill(1, run.from, run.to);
    }
  }
  return mask;
}

/** The two parts; order, users and items stay. */
export function partition(all: Interactions, mask: Mask): [Interactions, Interactions] {
  return [select(all, mask, 0), select(all, mask, 1)];
}

/** Test interactions earlier than the latest training interaction; null where there is no time. */
export function earlierTests(train: Interactions, test: Interactions): number | null {
  if (train.time === undefined || test.time === undefined) return null;
  let last = -Infinity;
  for (const t of train.time) last = Math.max(last, t);
  let earlier = 0;
  for (const t of test.time) if (t < last) earlier++;
  return earlier;
}

/** What the summary says of one part. */
export function describePart(part: Interactions): SplitSummary["train"] {
  return {
    interactions: part.user.length,
    users: new Set(part.user).size,
    pairs: pairs(part).indices.length,
  };
}

/** The entries of one pair. */
interface Run {
  readonly from: number;
  readonly to: number;
}

/** For each user the runs of the items that they have, net of returns. */
function* runsByUser(interactions: Interactions): Generator<Run[], void, void> {
  const { user, item, users } = interactions;
  const { indptr, indices } = pairs(interactions);
  let at = 0;
  for (let u = 0; u < users; u++) {
    const runs: Run[] = [];
    for (let p = indptr[u]!; p < indptr[u + 1]!; p++) {
      const wanted = indices[p]!;
      // Skips pairs that were returned: `pairs` holds a subset, in the same order.
      while (user[at]! < u || item[at]! !== wanted) at++;
      const from = at;
      while (user[at] === u && item[at] === wanted) at++;
      runs.push({ from, to: at });
    }
    if (runs.length > 0) yield runs;
  }
}

function select(all: Interactions, mask: Mask, part: 0 | 1): Interactions {
  const keep = (_: number, at: number) => mask[at] === part;
  return {
    users: all.users,
    items: all.items,
    user: all.user.filter(keep),
    item: all.item.filter(keep),
    quantity: all.quantity.filter(keep),
    time: all.time?.filter(keep),
  };
}

/** FNV-1a over the UTF-16 units of `text`, started from `seed`. */
function hash(text: string, seed: number): number {
  let h = (0x811c9dc5 ^ seed) | 0;
  for (let n = 0; n < text.length; n++) h = Math.imul(h ^ text.charCodeAt(n), 0x01000193);
  return h;
}
