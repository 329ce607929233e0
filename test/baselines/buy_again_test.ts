import assert from "node:assert/strict";
import { fitBuyAgain } from "../../pipeline/baselines/buy_again.ts";
import { pairs } from "../../pipeline/data/interactions.ts";
import { listAt } from "../../pipeline/topk/lists.ts";
import { TopKPool } from "../../pipeline/topk/pool.ts";
import { purchases, untimed } from "./purchases.ts";

// User 0 bought item 1 three times long ago, item 2 once of late, item 0 twice and returned half of it.
const shop = purchases(3, 5, [
  ...[[0, 1, 1, 0], [0, 1, 1, 1], [0, 1, 4, 2], [0, 2, 1, 40]] as const,
  ...[[0, 0, 1, 30], [0, 0, 1, 31], [0, 0, -1, 32]] as const,
  ...[[1, 3, 1, 5], [2, 3, 1, 6], [2, 4, 1, 7]] as const,
]);

async function lists(
  ...[train, params, mode]: [typeof shop, { halfLife: number | null }, "only" | "all"]
) {
  using pool = new TopKPool(1);
  const candidates = mode === "only" ? { pairs: pairs(train), mode } as const : undefined;
  const rows = Uint32Array.of(0, 1);
  const found = await fitBuyAgain(train, params).rank({ rows, k: 5, candidates }, pool);
  return [0, 1].map((r) => ({
    items: [...listAt(found, r).items],
    scores: [...listAt(found, r).scores].map((score) => Math.round(1e6 * score) / 1e6),
  }));
}

Deno.test("buy again: by the times that a user bought an item, returns taken back", async () => {
  assert.deepEqual(await lists(shop, { halfLife: null }, "only"), [
    { items: [1, 0, 2], scores: [3, 1, 1] },
    { items: [3], scores: [1] },
  ]);
  // Decayed: item 1 counts 2^-4 + 2^-3.9 + 2^-3.8.
  const [first] = await lists(shop, { halfLife: 10 }, "only");
  assert.deepEqual(first?.items, [2, 0, 1]);
  assert.equal(first?.scores[0], 1);
});

Deno.test("buy again: where all items count, the others follow by popularity", async () => {
  const [first, second] = await lists(shop, { halfLife: null }, "all");
  assert.deepEqual(first?.items, [1, 0, 2, 3, 4]);
  assert.deepEqual(second?.items, [3, 0, 1, 2, 4]);
});

Deno.test("buy again: without times the quantity counts; a half-life is refused", async () => {
  const train = untimed(2, 3, [[0, 0, 1, 0], [0, 1, 7, 0], [1, 2, 1, 0]]);
  const [first] = await lists(train, { halfLife: null }, "only");
  assert.deepEqual(first, { items: [1, 0], scores: [7, 1] });
  assert.throws(() => fitBuyAgain(train, { halfLife: 7 }), /buyAgain\.halfLife asks/);
});
