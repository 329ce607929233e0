/** A shop whose users have one of three tastes, and splits of it: what train is tested on. */
import type { Interactions } from "../../pipeline/data/interactions.ts";
import { LEAKS, type SplitSummary } from "../../pipeline/data/split.ts";

/** Seconds. */
export const DAY = 86_400;

/** 30 users in three groups; each buys half of the group's ten items, one every ten days. */
export function groups(timed: boolean): Interactions {
  const rows: [number, number, number][] = [];
  for (let user = 0; user < 30; user++) {
    const group = user % 3;
    for (let n = 0; n < 10; n++) {
      if ((user * 7 + n * 3) % 10 >= 5) continue;
      rows.push([user, group * 10 + n, ((user + n * 13) % 10) * 10]);
    }
  }
  return {
    users: 30,
    items: 30,
    user: Uint32Array.from(rows, ([user]) => user),
    item: Uint32Array.from(rows, ([, item]) => item),
    quantity: new Float64Array(rows.length).fill(1),
    time: timed ? Float64Array.from(rows, ([, , day]) => day * DAY) : undefined,
  };
}

/** What the leak guard says where there is nothing to say. */
export const noLeak: SplitSummary["leak"] = {
  verdict: "none",
  interactions: 0,
  beforeAny: 0,
  beforeOwn: 0,
  copies: 0,
  pairs: { test: 0, known: 0 },
  users: { test: 0, trained: 0 },
};

/** What the split says of a strategy, the test part left aside. */
export function summary(strategy: SplitSummary["strategy"]): SplitSummary {
  const part = { interactions: 0, users: 0, pairs: 0 };
  return {
    requested: strategy,
    strategy,
    leaks: LEAKS[strategy],
    days: 15,
    gapDays: 0,
    fraction: 0.2,
    heldOut: { users: 0.2, foldIn: 0.8 },
    seed: 1,
    cut: null,
    train: part,
    foldIn: null,
    test: part,
    unused: { gap: 0, later: 0 },
    leak: noLeak,
    unknown: null,
    rows: null,
  };
}
