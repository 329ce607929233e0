/** Training and test part of the purchases: the strategies, and what each of them leaks. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { z } from "zod";
import { jsonFormat } from "./formats.ts";
import { eachPair, type Interactions, pairs } from "./interactions.ts";
import { leakSchema } from "./split/leak.ts";

export const STRATEGIES = [
  "temporal",
  "leave-last-out",
  "random",
  "held-out-users",
  "given",
] as const;

export type Strategy = typeof STRATEGIES[number];

/** What a strategy lets the training part know that it could not have known at the time. */
export const LEAKS: Readonly<Record<Strategy, string>> = {
  temporal: "Nothing: every test purchase is later than every training purchase.",
  "leave-last-out":
    "The future of others: a user's last item is tested against a training part that holds other users' later purchases, so popularity and co-purchases of the future are known.",
  random:
    "Time: training holds purchases made after test purchases, by the same user and by others, so figures are higher than a shop will see.",
  "held-out-users":
    "Time: the model knows nothing of the users it is tested on, but it was fitted on other users' purchases of any time, and what is folded in may be later than what is tested.",
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
  requested: z.enum(["auto", ...STRATEGIES]),
  strategy: z.enum(STRATEGIES),
  leaks: z.string(),
  days: z.number().positive(),
  gapDays: z.number().min(0),
  fraction: z.number().gt(0).lt(1),
  /** Shares of users that are held out, and of their items that are folded in. */
  heldOut: z.strictObject({ users: z.number(), foldIn: z.number() }),
  seed: z.int().min(0),
  /** temporal: training holds what is not later; seconds since 1970 UTC. */
  cut: z.number().nullable(),
  train: part,
  /** held-out-users: what is known of them when they are ranked for. Null for other strategies. */
  foldIn: part.nullable(),
  test: part,
  /** temporal: interactions in no part, those within the gap and those after the tested days. */
  unused: z.strictObject({ gap: count, later: count }),
  /** What training knows that it could not have known. */
  leak: leakSchema,
  /** given: what training does not know. Null for other strategies. */
  unknown: z.strictObject({ users: count, items: count, interactions: count }).nullable(),
  /** given: rows of the file, and those that could not be used by reason. */
  rows: z.strictObject({ read: count, dropped: z.record(z.string(), count) }).nullable(),
});

export type SplitSummary = z.infer<typeof splitSummarySchema>;

export const splitFormat = jsonFormat("split", 2, splitSummarySchema);

/** Where an interaction belongs: as the values of a `Mask`. */
export const PART = { train: 0, test: 1, foldIn: 2, gap: 3, later: 4 } as const;

/** For each interaction its part. */
export type Mask = Uint8Array;

const DAY = 86_400;

/** The time after which purchases are test purchases: `days` before the last one. */
export function cutTime(time: Float64Array, days: number): number {
  let last = -Infinity;
  for (const t of time) last = Math.max(last, t);
  return last - days * DAY;
}

/**
 * One global point in time: everything later than `cut` is tested, but for what is not later than
 * `from` (the gap) and what is later than `until`; all in seconds since 1970.
 */
export function temporal(
  time: Float64Array,
  cut: number,
  { from = cut, until = Infinity }: { readonly from?: number; readonly until?: number } = {},
): Mask {
  return Uint8Array.from(
    time,
    (t) => t <= cut ? PART.train : t <= from ? PART.gap : t <= until ? PART.test : PART.later,
  );
}

/**
 * Each user's last item, with all that the user bought of it: the item of the latest purchase, of
 * equal ones the higher index. Users with one item stay in training.
 */
export function leaveLastOut(interactions: Interactions, time: Float64Array): Mask {
  const mask = new Uint8Array(interactions.user.length);
  eachUser(interactions, (_user, runs) => {
    if (runs.length < 2) return;
    let chosen: Run | undefined;
    let latest = -Infinity;
    for (const run of runs) {
      for (let at = run.from; at < run.to; at++) {
        if (interactions.quantity[at]! <= 0 || time[at]! < latest) continue;
        latest = time[at]!;
        chosen = run;
      }
    }
    if (chosen) mask.fill(PART.test, chosen.from, chosen.to);
  });
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
  eachUser(interactions, (user, runs) => {
    if (runs.length >= 2) drawItems(mask, runs, fraction, hash(ids[user] ?? "", seed));
  });
  return mask;
}

/** Marks `fraction` of a user's items, rounded, at least one and never all, as test; `runs` is used up. */
export function drawItems(mask: Mask, runs: Run[], fraction: number, seed: number): void {
  const wanted = Math.min(runs.length - 1, Math.max(1, Math.round(fraction * runs.length)));
  const generator = xoroshiro128plus(seed);
  for (let n = 0; n < wanted; n++) {
    const drawn = uniformInt(generator, n, runs.length - 1);
    const run = runs[drawn]!;
    runs[drawn] = runs[n]!;
    mask.fill(PART.test, run.from, run.to);
  }
}

/** The training and the test part; order, users and items stay. */
export function partition(all: Interactions, mask: Mask): [Interactions, Interactions] {
  return [select(all, mask, PART.train), select(all, mask, PART.test)];
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
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** Visits each user with the runs of the items that they have, net of returns. */
export function eachUser(
  interactions: Interactions,
  visit: (user: number, runs: Run[]) => void,
): void {
  let runs: Run[] = [];
  let last = 0;
  const end = () => {
    if (runs.length > 0) visit(last, runs);
    runs = [];
  };
  eachPair(interactions, pairs(interactions), (_entry, user, _item, from, to) => {
    if (user !== last) end();
    last = user;
    runs.push({ from, to });
  });
  end();
}

/** One part of the interactions; order, users and items stay. */
export function select(all: Interactions, mask: Mask, part: Mask[number]): Interactions {
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
export function hash(text: string, seed: number): number {
  let h = (0x811c9dc5 ^ seed) | 0;
  for (let n = 0; n < text.length; n++) h = Math.imul(h ^ text.charCodeAt(n), 0x01000193);
  return h;
}
