import assert from "node:assert/strict";
import { baselinesSchema, likeModel } from "../../pipeline/config/baselines.ts";

const train = { halfLife: 56 };

Deno.test("baselines: on by default, with the decay of the model", () => {
  const { popularity, recentPopularity, itemKnn, ease, buyAgain } = likeModel(
    baselinesSchema.parse({}),
    train,
  );
  assert.deepEqual(popularity, {});
  assert.equal(recentPopularity?.window, null);
  assert.equal(itemKnn?.halfLife, 56);
  assert.equal(itemKnn?.trend, null);
  assert.equal(ease?.maxItems, 4000);
  assert.equal(ease?.halfLife, 56);
  assert.equal(ease?.trend, null);
  assert.deepEqual(buyAgain, { halfLife: 56 });
});

Deno.test("baselines: what the config says stays, null too; null is none", () => {
  const given = baselinesSchema.parse({
    popularity: null,
    itemKnn: { halfLife: null },
    ease: { halfLife: 7, trend: { weight: 2 } },
    buyAgain: null,
  });
  const { popularity, itemKnn, ease, buyAgain } = likeModel(given, train);
  assert.equal(popularity, null);
  assert.equal(buyAgain, null);
  assert.equal(itemKnn?.halfLife, null);
  assert.deepEqual([ease?.halfLife, ease?.trend], [7, { halfLife: 14, weight: 2 }]);
  assert.ok(!baselinesSchema.safeParse({ ease: { cap: 0 } }).success);
  assert.ok(!baselinesSchema.safeParse({ itemKNN: {} }).success);
});
