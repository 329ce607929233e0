import assert from "node:assert/strict";
import fc from "./support/fast_check.ts";
import { Recommender } from "../pipeline/recommender.ts";
import type { UserFilter } from "../pipeline/filters.ts";
import { fit } from "../pipeline/fitting.ts";
import { best, boughtBy, listOf, passes, popularOf } from "./support/brute.ts";
import { modelOf, purchases } from "./support/shop.ts";

const model = modelOf({ users: 60, items: 150, factors: 12 });
const recommender = new Recommender(model);
const ids = fc.constantFrom(...model.items.map(({ id }) => id), "unknown");

/** Any filter, of few items or of nearly all. */
const filters: fc.Arbitrary<UserFilter> = fc.record({
  exclude: fc.array(ids, { maxLength: 200 }),
  only: fc.array(ids, { maxLength: 200 }),
  brands: fc.array(fc.constantFrom("Brand 0", "Brand 1", "Brand 2", "Brand 3")),
  attributes: fc.record({
    category: fc.array(fc.constantFrom("Socks", "Shoes")),
    color: fc.array(fc.constantFrom("pink")),
  }, { requiredKeys: [] }),
  bought: fc.constantFrom("exclude", "include", "only"),
}, { requiredKeys: [] });

const users = fc.constantFrom(...model.users, "nobody");
const counts = fc.integer({ min: 1, max: 100 });

Deno.test("lists of users under any filter are those of brute force", () => {
  fc.assert(
    fc.property(users, counts, filters, (user, n, filter) => {
      assert.deepEqual(recommender.recommend(user, n, filter), listOf(model, user, n, filter));
    }),
    { seed: 42, numRuns: 500 },
  );
});

Deno.test("popular and similar items under any filter are those of brute force", () => {
  fc.assert(
    fc.property(ids, counts, filters, (id, n, filter) => {
      assert.deepEqual(recommender.popular(n, filter), popularOf(model, n, filter));
      const all = recommender.similar(id, model.items.length);
      const { bought: _, ...own } = filter;
      assert.deepEqual(
        recommender.similar(id, n, filter),
        all.filter((item) => passes(item, own, new Set())).slice(0, n),
      );
    }),
    { seed: 42, numRuns: 300 },
  );
});

Deno.test("lists for a basket under any filter are those of its factors by brute force", async () => {
  const fitted = await fit(purchases(80, 60), { factors: 6, iterations: 3, threads: 1 });
  const known = fc.constantFrom(...fitted.model.items.map(({ id }) => id), "unknown");
  fc.assert(
    fc.property(fc.array(known, { maxLength: 8 }), counts, filters, (basket, n, filter) => {
      const { kind, items, unknown } = fitted.recommendFor(basket, n, filter);
      const bought = new Set(basket.filter((id) => fitted.hasItem(id)));
      assert.deepEqual(unknown, basket.includes("unknown") ? ["unknown"] : []);
      if (bought.size === 0) {
        assert.deepEqual({ kind, items }, {
          kind: "popular",
          items: popularOf(fitted.model, n, filter),
        });
        return;
      }
      assert.equal(kind, "folded_in");
      const scores = new Map(
        fitted.recommendFor(basket, 1000, { bought: "include" }).items
          .map(({ id, score }) => [id, score]),
      );
      const score = (index: number) => scores.get(fitted.model.items[index]!.id) ?? NaN;
      assert.deepEqual(
        items,
        best(fitted.model, n, score, (item) => passes(item, filter, bought)),
      );
    }),
    { seed: 42, numRuns: 200 },
  );
});

Deno.test("what no item has is named, and cached lists do not change what is asked later", () => {
  const filter = {
    brands: ["Brand 1", "Sox"],
    attributes: { color: ["pink"], category: ["Hats"] },
  };
  assert.deepEqual(recommender.unknownIn(filter), [
    'brand "Sox"',
    'attribute "color"',
    'category "Hats"',
  ]);
  const once = recommender.recommend("user000001", 20, { brands: ["Brand 1"] });
  recommender.recommend("user000001", 20, { brands: ["Brand 2"], exclude: ["100001"] });
  assert.deepEqual(recommender.recommend("user000001", 20, { brands: ["Brand 1"] }), once);
});

Deno.test("names that objects have by nature are no attributes", () => {
  for (const name of ["constructor", "toString", "hasOwnProperty"]) {
    const attributes = { [name]: ["Socks"] };
    assert.deepEqual(recommender.recommend("user000001", 5, { attributes }).items, []);
    assert.deepEqual(recommender.unknownIn({ attributes }), [`attribute "${name}"`]);
  }
});

Deno.test("bought only: nothing else; of nobody: nothing", () => {
  const bought = boughtBy(model, "user000003");
  const { items } = recommender.recommend("user000003", 100, { bought: "only" });
  assert.deepEqual(new Set(items.map(({ id }) => id)), bought);
  assert.deepEqual(recommender.recommend("nobody", 5, { bought: "only" }).items, []);
});

Deno.test("explanations of a list are those of its items one by one", async () => {
  const fitted = await fit(purchases(80, 60), { factors: 6, iterations: 3, threads: 1 });
  for (const  of of["user3", ["12", "14", "16"], ["12"]]) {
    const items = ["20", "22", "11"].filter((id) => fitted.hasItem(id));
    assert(items.length > 1);
    const all = fitted.explainAll(of, items);
    assert.deepEqual(all, items.map((item) => fitted.explain(of, item)));
  }
});
