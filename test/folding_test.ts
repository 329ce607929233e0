/** What a `Recommender` says of baskets, of new items, and of why. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "./support/fast_check.ts";
import type { Explanation } from "../pipeline/answers.ts";
import type { BasketItem } from "../pipeline/data/basket.ts";
import type { Purchase } from "../pipeline/data/memory.ts";
import { fit } from "../pipeline/fitting.ts";
import { load, Recommender } from "../pipeline/recommender.ts";
import { modelOf, purchases } from "./support/shop.ts";

const day = (n: number) => new Date(Date.UTC(2024, 0, 1 + n));
const list: readonly Purchase[] = purchases(60, 24)
  .map((purchase, n) => ({ ...purchase, quantity: 1 + n % 3, time: day((11 * n) % 90) }));
const params = { solver: "reference", factors: 6, alpha: 4, lambda: 1, halfLife: 30 } as const;
/** Fitted until it moves no more, and stopped early. */
const converged = await fit(list, { ...params, iterations: 400 });
const early = await fit(list, { ...params, iterations: 2 });

function basketOf(user: string): BasketItem[] {
  return list.filter((purchase) => purchase.user === user);
}

/** Adds the terms up and says how far they are from the score, as a part of it. */
function checkTerms({ item, contributions, trend, other }: Explanation): number {
  const parts = contributions.map(({ contribution }) => contribution);
  const sum = parts.reduce((sum, part) => sum + part, trend + other);
  assert.ok(Math.abs(sum - item.score) <= 1e-6 * Math.abs(item.score), `${sum}, ${item.score}`);
  for (const { confidence, similarity, contribution } of contributions) {
    assert.equal(contribution, confidence * similarity);
    assert.ok(confidence > 1);
  }
  assert.deepEqual(parts, parts.toSorted((a, b) => b - a));
  return Math.abs(other / item.score);
}

Deno.test("a known user's purchases as a basket get that user's list", () => {
  for (const user of ["user0", "user5", "user31"]) {
    const fitted = converged.recommend(user, 4);
    const folded = converged.recommendFor(basketOf(user), 4);
    assert.equal(folded.kind, "folded_in");
    assert.deepEqual(folded.items.map(({ id }) => id), fitted.items.map(({ id }) => id));
    folded.items.forEach(({ score }, n) => {
      assert.ok(Math.abs(score - fitted.items[n]!.score) < 1e-3);
    });
    const held = new Set(basketOf(user).map(({ item }) => item));
    assert(converged.recommendFor(basketOf(user), 99).items.every(({ id }) => !held.has(id)));
  }
});

Deno.test("the order of a basket changes nothing, to the last bit", () => {
  const basket = basketOf("user7");
  const { items: [best] } = converged.recommendFor(basket);
  const listed = converged.recommendFor(basket);
  const explained = converged.explain(basket, best!.id);
  const orders = fc.shuffledSubarray(basket, { minLength: basket.length });
  fc.assert(
    fc.property(orders, (shuffled) => {
      assert.deepEqual(converged.recommendFor(shuffled), listed);
      assert.deepEqual(converged.explain(shuffled, best!.id), explained);
    }),
    { seed: 1, numRuns: 30 },
  );
});

Deno.test("old purchases count less than those of now, ids alone are of now", () => {
  const items = ["10", "12"];
  const ids = converged.explain(items, "14").contributions;
  const confidences = (time: Date) =>
    converged.explain(items.map((item) => ({ item, time })), "14").contributions
      .map(({ confidence }) => confidence - 1);
  const now = confidences(day(89));
  assert.deepEqual(now, ids.map(({ confidence }) => confidence - 1));
  // log1p(1) and log1p(1 / 2)
  const ratio = Math.log1p(0.5) / Math.LN2;
  confidences(day(59)).forEach((c, n) => assert.ok(Math.abs(c / now[n]! - ratio) < 1e-6));
});

Deno.test("unknown ids are reported; with nothing else left, popular items", () => {
  const known = converged.recommendFor(["10", "12"]);
  assert.deepEqual(converged.recommendFor(["10", "new", "12", "__proto__"]), {
    ...known,
    unknown: ["new", "__proto__"],
  });
  const popular = { kind: "popular", items: converged.popular(3) };
  assert.deepEqual(converged.recommendFor([], 3), { ...popular, unknown: [] });
  assert.deepEqual(converged.recommendFor(["new"], 3), { ...popular, unknown: ["new"] });
  const returned = [{ item: "10" }, { item: "10", quantity: -1 }];
  assert.deepEqual(converged.recommendFor(returned, 3), { ...popular, unknown: [] });
  assert.throws(() => converged.recommendFor(["10"], 0), { name: "RangeError", message: /k is 0/ });
});

Deno.test("a basket of items that nobody bought gets popular items", async () => {
  const unsold = await fit([
    ...list,
    { user: "user0", item: "99", time: day(1) },
    { user: "user0", item: "99", quantity: -1, time: day(2) },
  ], { ...params, iterations: 3 });
  const { kind, items, unknown } = unsold.recommendFor(["99"], 3);
  assert.deepEqual({ kind, items, unknown }, {
    kind: "popular",
    items: unsold.popular(3),
    unknown: [],
  });
});

Deno.test("contributions add up to the score that the list shows, for users and baskets", () => {
  for (const recommender of [converged, early]) {
    for (const user of ["user1", "user12", "user40"]) {
      for (const item of recommender.recommend(user, 5).items) {
        const explained = recommender.explain(user, item.id);
        assert.equal(explained.kind, "personalized");
        assert.deepEqual(explained.item, item);
        const other = checkTerms(explained);
        // What is left over is the distance from convergence.
        if (recommender === converged) assert.ok(other < 1e-3, `${other}`);
        const bought = basketOf(user).map(({ item }) => item);
        assert.deepEqual(
          explained.contributions.map(({ id }) => id).sort(),
          [...new Set(bought)].sort(),
        );
      }
      const basket = basketOf(user);
      for (const item of recommender.recommendFor(basket, 5).items) {
        const explained = recommender.explain(basket, item.id);
        assert.equal(explained.kind, "folded_in");
        assert.deepEqual(explained.item, item);
        assert.ok(checkTerms(explained) < 1e-6);
      }
    }
  }
  const others = early.recommend("user1").items
    .map(({ id, score }) => Math.abs(early.explain("user1", id).other / score));
  assert.ok(Math.max(...others) > 1e-3, "two sweeps are no convergence");
});

Deno.test("purchases of the same taste explain an item, those of the other do not", () => {
  // Even items are of one taste, odd ones of the other.
  const basket = converged.model.items.map(({ id }) => id).filter((id) => Number(id) % 3 === 0);
  const sums = [0, 0];
  for (const { id } of converged.model.items) {
    for (const { id: bought, contribution } of converged.explain(basket, id).contributions) {
      sums[Math.abs(Number(bought) - Number(id)) % 2]! += contribution;
    }
  }
  assert.ok(sums[0]! > 10 * Math.abs(sums[1]!), `${sums}`);
});

Deno.test("a saved model explains its users as before: decayed weights are kept", async () => {
  const folder = await Deno.makeTempDir({ prefix: "folding_" });
  try {
    await converged.save(join(folder, "model"));
    const loaded = await load(join(folder, "model"));
    const [best] = loaded.recommend("user3").items;
    assert.deepEqual(loaded.explain("user3", best!.id), converged.explain("user3", best!.id));
    assert.deepEqual(loaded.recommendFor(["10"]), converged.recommendFor(["10"]));
    const { confidence: _, ...without } = loaded.model;
    const other = (of: Recommender) => Math.abs(of.explain("user3", best!.id).other);
    assert.ok(other(new Recommender(without)) > 10 * other(loaded), "else nothing was kept");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the trend is a term of its own, and no part of what is alike", async () => {
  const trended = await fit(list, {
    ...params,
    iterations: 400,
    trend: { halfLife: 14, weight: 0.5 },
  });
  for (const whose of ["user2", basketOf("user2")]) {
    for (
      const { id, score } of trended.model.items.map(({ id }) => converged.explain(whose, id).item)
    ) {
      const explained = trended.explain(whose, id);
      const index = trended.model.items.findIndex((item) => item.id === id);
      const { cols, data } = trended.model.itemFactors;
      assert.equal(explained.trend, 0.5 * data[index * cols + cols - 1]!);
      checkTerms(explained);
      assert.deepEqual(explained.contributions, converged.explain(whose, id).contributions);
      assert.ok(Math.abs(explained.item.score - score - explained.trend) < 1e-9);
    }
  }
  const trends = trended.model.items.map(({ id }) => trended.explain("user2", id).trend);
  assert.equal(Math.max(...trends), 0.5);
  assert.deepEqual(trended.similar("14", 9), converged.similar("14", 9));
  assert.deepEqual(trended.similarUsers("user2", 9), converged.similarUsers("user2", 9));
});

Deno.test("what has no score cannot be explained: the message says why", () => {
  const refused: [() => unknown, RegExp][] = [
    [() => converged.explain("user1", "never sold"), /Item "never sold" is not in the model/],
    [() => converged.explain("nobody", "10"), /User "nobody" has no purchases.*popular items/],
    [() => converged.explain(["new"], "10"), /No item of the basket is in the model/],
    [() => converged.explain([], "10"), /No item of the basket/],
  ];
  for (const [ask, message] of refused) assert.throws(ask, { name: "RangeError", message });
});

Deno.test("an item folded in from its buyers is most like itself", () => {
  for (const { id } of converged.model.items.slice(0, 6)) {
    const buyers = list.filter(({ item }) => item === id);
    const { factors, unknown } = converged.foldInItem([...buyers, "nobody"]);
    assert.deepEqual(unknown, ["nobody"]);
    const [first] = converged.similar(factors, 1);
    assert.equal(first?.id, id);
    assert.ok(first.score > 0.999, `${first.score}`);
  }
  const { factors } = converged.foldInItem(["nobody"]);
  assert.deepEqual(factors, new Float32Array(6));
  assert.deepEqual(converged.similar(factors), []);
  assert.throws(() => converged.similar(new Float32Array(2)), /2 factors/);
});

Deno.test("similar users share a taste; none for one who is unknown or has bought nothing", () => {
  const found = converged.similarUsers("user4", 6);
  assert.equal(found.length, 6);
  for (const { id } of found) {
    assert.notEqual(id, "user4");
    assert.equal(Number(id.slice(4)) % 2, 0, id);
  }
  assert.deepEqual(
    found.map(({ score }) => score),
    found.map((u) => u.score).sort((a, b) => b - a),
  );
  assert.deepEqual(converged.similarUsers("nobody"), []);
  assert.throws(() => converged.similarUsers("user4", 0.5), {
    name: "RangeError",
    message: /0\.5/,
  });
});

Deno.test("a model that does not say how it was fitted recommends, but folds nothing in", () => {
  const recommender = new Recommender(modelOf());
  const { id } = recommender.model.items[0]!;
  assert.equal(recommender.recommend("user000000").kind, "personalized");
  assert.equal(recommender.similar(id).length, 5);
  for (
    const ask of [
      () => recommender.recommendFor([id]),
      () => recommender.explain("user000000", id),
      () => recommender.foldInItem(["user000000"]),
    ]
  ) assert.throws(ask, { name: "RangeError", message: /params do not say.*alpha/ });
});
