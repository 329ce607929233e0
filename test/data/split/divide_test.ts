import assert from "node:assert/strict";
import { cutTime, PART } from "../../../pipeline/data/split.ts";
import { divide, type SplitOptions } from "../../../pipeline/data/split/divide.ts";
import { idsOf, purchases, type Row } from "../../support/parts.ts";

const options: SplitOptions = {
  ...{ days: 28, cut: null, gapDays: 0, earlierDays: 0, fraction: 0.2, seed: 1 },
  heldOut: { users: 0.1, foldIn: 0.8 },
};

/** Forty users buy an item each five days for a hundred days. */
const steady: Row[] = Array.from({ length: 40 }, (_, u) => u).flatMap((u) =>
  Array.from({ length: 20 }, (_, n): Row => [u, n, 5 * n, 1])
);

function cutOf(rows: Row[], changes: Partial<SplitOptions> = {}) {
  const all = purchases(rows);
  const { mask, cut } = divide(all, idsOf("u", all.users), "temporal", { ...options, ...changes });
  const count = (part: number) => mask.filter((one) => one === part).length;
  return {
    days: (cut ?? NaN) / 86_400,
    test: count(PART.test),
    later: count(PART.later),
    last: cutTime(all.time ?? new Float64Array(0), 0) / 86_400,
  };
}

Deno.test("a window counted from the end ends with the last purchase", () => {
  const { days, later, last } = cutOf(steady);
  assert.deepEqual([days, later], [last - 28, 0]);
});

Deno.test("a few purchases long after all others are no test part, nor one of users nobody knew", () => {
  const usual = cutOf(steady);
  const strays: Row[] = [[40, 0, 4000, 1], [41, 0, 4000, 1], [42, 1, 5000, 1]];
  const split = cutOf([...steady, ...strays]);
  assert.deepEqual([split.days, split.test, split.later], [usual.days, usual.test, 3]);
  // Two cuts of a rolling origin count from the same end.
  const earlier = cutOf([...steady, ...strays], { earlierDays: 28 });
  assert.equal(earlier.days, usual.days - 28);
});

Deno.test("where no window has anybody to test, the last purchase is the end", () => {
  const once = Array.from({ length: 30 }, (_, u): Row => [u, u, 100 * u, 1]);
  const { days, later, last } = cutOf(once);
  assert.deepEqual([days, later], [last - 28, 0]);
});
