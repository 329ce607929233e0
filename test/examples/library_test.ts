import assert from "node:assert/strict";
import { join } from "node:path";
import { tryLibrary } from "../../examples/library.ts";
import { openShop } from "../../examples/mount.ts";
import { recoResponseSchema } from "../../serve/schemas/reco.ts";
import { purchases } from "../support/shop.ts";

Deno.test("examples: fit, save, load, recommend, explain, a cart; then mounted in an app", async () => {
  const folder = await Deno.makeTempDir({ prefix: "library_" });
  try {
    const dir = join(folder, "model");
    const bought = purchases(50, 30);
    const { kind, items, similar, why, forCart, popular } = await tryLibrary(
      bought,
      "user3",
      ["10", "12", "new here"],
      dir,
    );
    assert.equal(kind, "personalized");
    assert.equal(items.length, 5);
    assert.equal(similar.length, 3);
    assert.equal(popular.length, 3);
    const owned = new Set(bought.filter(({ user }) => user === "user3").map(({ item }) => item));
    assert.deepEqual(new Set(why.map(({ id }) => id)), owned);
    assert.equal(forCart.kind, "folded_in");
    assert.equal(forCart.items.length, 3);
    assert.deepEqual(forCart.unknown, ["new here"]);
    assert(similar.every(({ id }) => id !== items[0]?.id));

    const shop = await openShop(dir);
    assert.equal(await (await shop.request("/")).text(), "Welcome to the shop");
    const response = await shop.request("/shop/reco", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user_id_hash: "user3" }),
    });
    const [lists] = recoResponseSchema.parse(await response.json());
    assert.deepEqual(lists.catalog_item_id, items.map(({ id }) => Number(id)));
    assert.equal((await shop.request("/shop/health/ready")).status, 200);
    assert.equal((await shop.request("/shop/train")).status, 404);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
