/** The leak guard: what a training part knows that it could not have known, whatever the strategy. */
import { z } from "zod";
import { type Interactions, latestTime, pairs } from "../interactions.ts";
import { rowIndices } from "../matrix.ts";

/**
 * From the worst to none. "unknown": without times nothing can be told, but for copies, which are
 * no purchases of another time.
 */
export const VERDICTS = [
  "test in training",
  "own future",
  "future of others",
  "unknown",
  "none",
] as const;

const count = z.int().min(0);

export const leakSchema = z.strictObject({
  verdict: z.enum(VERDICTS),
  /** Test interactions, of which the counts below are a part. */
  interactions: count,
  /** Those earlier than the latest training interaction of anybody; null without times. */
  beforeAny: count.nullable(),
  /** Those earlier than the latest interaction that is known of the same user; null without times. */
  beforeOwn: count.nullable(),
  /** Those of the same user, item and time as one that is known; null without times. */
  copies: count.nullable(),
  /** Test pairs that stand in training, too: bought again, or a leak where they are copies. */
  pairs: z.strictObject({ test: count, known: count }),
  /** Test users, and those of them with a training interaction. */
  users: z.strictObject({ test: count, trained: count }),
});

export type Leak = z.infer<typeof leakSchema>;

/**
 * Looks at a split as it is, not at how it was made. What is known of a user is their training
 * interactions, and those that are folded in when they are ranked for.
 */
export function leakOf(train: Interactions, test: Interactions, foldIn?: Interactions): Leak {
  const known = foldIn === undefined ? [train] : [train, foldIn];
  const timed = test.time !== undefined && train.time !== undefined;
  const trained = new Set(train.user);
  const users = new Set(test.user);
  const counted = timed ? countEarlier(train, test, known) : undefined;
  const { beforeAny = null, beforeOwn = null, copies = null } = counted ?? {};
  return {
    verdict: counted === undefined ? "unknown" : verdictOf(counted),
    interactions: test.user.length,
    beforeAny,
    beforeOwn,
    copies,
    pairs: countPairs(test, known),
    users: { test: users.size, trained: [...users].filter((user) => trained.has(user)).length },
  };
}

/** What the guard found, in a line or two; where it is a leak, with a warning as the last. */
export function leakLines({ verdict, ...leak }: Leak): string[] {
  const { interactions, beforeAny, beforeOwn, copies, pairs } = leak;
  const share = (n: number | null) =>
    `${n} (${(100 * (n ?? 0) / Math.max(1, interactions)).toFixed(1)} %)`;
  const again = pairs.known > 0
    ? `; ${pairs.known} of ${pairs.test} test pairs are known from before`
    : "";
  if (verdict === "unknown") {
    return [`leak: unknown${again}`, `warning: ${WARNINGS.unknown}`];
  }
  const line =
    `leak: ${verdict}: of ${interactions} test interactions ${
      share(beforeOwn)
    } lie before what is ` +
    `known of the same user, ${share(beforeAny)} before a training interaction of anybody${again}`;
  if (verdict === "none") return [line];
  const copied = verdict === "test in training"
    ? [`${share(copies)} of them stand in the training part themselves`]
    : [];
  return [line, ...copied, `warning: ${WARNINGS[verdict]}`];
}

const HONEST = `split.strategy "temporal" asks what a shop will see`;

/** Plain words for a leak. */
export const WARNINGS: Readonly<Record<Exclude<Leak["verdict"], "none">, string>> = {
  "test in training":
    "this split leaks: test purchases stand in the training part, so the figures say how well it is " +
    "remembered, not how well purchases are foreseen. Take them out of one of the parts",
  "own future":
    `this split leaks: the model knows what the same users bought later, so figures are higher than a ` +
    `shop will see; ${HONEST}`,
  "future of others":
    `this split leaks: the model knows what others bought later, trends and novelties included, so ` +
    `figures are higher than a shop will see; ${HONEST}`,
  unknown: `whether this split leaks cannot be told, since the purchases have no times: map ` +
    `source.interactions.columns.time where there are any`,
};

function verdictOf(
  { copies, beforeOwn, beforeAny }: { copies: number; beforeOwn: number; beforeAny: number },
): Leak["verdict"] {
  if (copies > 0) return "test in training";
  if (beforeOwn > 0) return "own future";
  return beforeAny > 0 ? "future of others" : "none";
}

function countEarlier(
  train: Interactions,
  test: Interactions,
  known: readonly Interactions[],
): { beforeAny: number; beforeOwn: number; copies: number } {
  const latest = latestTime(train) ?? -Infinity;
  const own = new Float64Array(Math.max(train.users, test.users)).fill(-Infinity);
  for (const { user, time } of known) {
    for (let at = 0; at < user.length; at++) {
      own[user[at]!] = Math.max(own[user[at]!]!, time?.[at] ?? -Infinity);
    }
  }
  const counts = { beforeAny: 0, beforeOwn: 0, copies: 0 };
  test.time?.forEach((time, at) => {
    if (time < latest) counts.beforeAny++;
    if (time < own[test.user[at]!]!) counts.beforeOwn++;
  });
  for (const part of known) counts.copies += countCopies(test, part);
  return counts;
}

/** Entries of `test` that `known` has, too; both are ordered by user, item, time. */
function countCopies(test: Interactions, known: Interactions): number {
  let copies = 0;
  for (let a = 0, b = 0; a < test.user.length && b < known.user.length;) {
    const order = test.user[a]! - known.user[b]! || test.item[a]! - known.item[b]! ||
      (test.time?.[a] ?? 0) - (known.time?.[b] ?? 0);
    if (order === 0) copies++;
    if (order <= 0) a++;
    if (order >= 0) b++;
  }
  return copies;
}

function countPairs(test: Interactions, known: readonly Interactions[]): Leak["pairs"] {
  const tested = pairs(test);
  let found = 0;
  for (const part of known.map((part) => pairs(part))) {
    for (let u = 0; u < Math.min(tested.rows, part.rows); u++) {
      const bought = new Set(rowIndices(part, u));
      if (bought.size === 0) continue;
      for (const item of rowIndices(tested, u)) if (bought.has(item)) found++;
    }
  }
  return { test: tested.indices.length, known: found };
}
