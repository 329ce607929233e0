import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { popularity } from "../../pipeline/baselines/popularity.ts";
import { recentPopularity } from "../../pipeline/baselines/recent_popularity.ts";
import { pairs } from "../../pipeline/data/interactions.ts";
import { ITEMS, purchases, rows, untimed, USERS } from "./purchases.ts";

const scores = (
  ...of: Parameters<typeof recentPopularity>
) => [...recentPopularity(...of).item.data];

// Day 20 is the latest. Item 0: today and a half-life ago; item 1: twice by one user; item 2: returned.
const shop = purchases(3, 4, [
  ...[[0, 0, 1, 20], [1, 0, 1, 10], [0, 1, 1, 0], [0, 1, 5, 10]] as const,
  ...[[2, 2, 1, 19], [2, 2, -1, 20]] as const,
]);

Deno.test("recent popularity: buyers by the age of their latest purchase, or within a window", () => {
  assert.deepEqual(scores(shop, { halfLife: 10, window: null }), [1.5, 0.5, 0, 0]);
  assert.deepEqual(scores(shop, { halfLife: null, window: 10 }), [1, 0, 0, 0]);
  assert.deepEqual(scores(shop, { halfLife: null, window: 11 }), [2, 1, 0, 0]);
  assert.deepEqual(scores(shop, { halfLife: 10, window: 5 }), [1, 0, 0, 0]);
});

Deno.test("recent popularity: without decay and window it is popularity", () => {
  fc.assert(
    fc.property(rows, (all) => {
      const train = purchases(USERS, ITEMS, all);
      assert.deepEqual(
        recentPopularity(train, { halfLife: null, window: null }),
        popularity(pairs(train)),
      );
    }),
    { seed: 1 },
  );
});

Deno.test("recent popularity: no times, no recency", () => {
  const train = untimed(1, 1, [[0, 0, 1, 0]]);
  assert.throws(() => recentPopularity(train, { halfLife: 7, window: null }), {
    name: "RangeError",
    message: /recentPopularity\.halfLife asks.*columns\.time/,
  });
  assert.throws(() => recentPopularity(train, { halfLife: null, window: 7 }), {
    name: "RangeError",
    message: /recentPopularity\.window asks.*columns\.time/,
  });
  assert.deepEqual(scores(train, { halfLife: null, window: null }), [1]);
});
