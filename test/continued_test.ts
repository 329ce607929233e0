/** A user of the model who bought since: the same as a basket of all that they ever bought. */
import assert from "node:assert/strict";
import fc from "./support/fast_check.ts";
import type { BasketItem } from "../pipeline/data/basket.ts";
import type { Purchase } from "../pipeline/data/memory.ts";
import { fit, type RecommenderOptions } from "../pipeline/fitting.ts";
import { Recommender } from "../pipeline/recommender.ts";
import { modelOf, purchases } from "./support/shop.ts";

const day = (n: number) => new Date(Date.UTC(2024, 0, 1 + n));
const bought: readonly Purchase[] = purchases(60, 24)
  .map((purchase, n) => ({ ...purchase, quantity: 1 + n % 3, time: day((11 * n) % 90) }));
/** Some take back a part of what they bought. */
const returned: readonly Purchase[] = bought.filter((_, n) => n % 7 === 0)
  .map((purchase) => ({ ...purchase, quantity: -0.5, time: day(89) }));

const base = { solver: "reference", factors: 6, alpha: 4, lambda: 1, iterations: 3 } as const;
const variants: [string, RecommenderOptions, readonly Purchase[]][] = [
  ["log1p", {}, [...bought, ...returned]],
  ["linear", { weight: "linear", popularityExponent: 0.5 }, [...bought, ...returned]],
  ["capped", { weight: "capped", cap: 2 }, [...bought, ...returned]],
  ["binary", { weight: "binary", regularization: "frequency", nu: 0.7 }, [...bought, ...returned]],
  // What was returned before the fit is not kept by a model with a half-life.
  ["log1p, half-life", { halfLife: 30 }, bought],
  ["linear, half-life", { weight: "linear", halfLife: 45, popularityExponent: 0.3 }, bought],
  ["binary, half-life", { weight: "binary", halfLife: 10 }, bought],
  ["trend", { halfLife: 30, trend: { halfLife: 14, weight: 0.5 } }, bought],
];

const event = fc.record({
  item: fc.oneof(
    fc.integer({ min: 10, max: 33 }).map(String),
    fc.constantFrom("new", "__proto__", "'; --"),
  ),
  quantity: fc.constantFrom(1, 2, 3, -1, -2, -0.5, 0.25),
  time: fc.integer({ min: 0, max: 150 }).map(day),
});
const since = fc.array(event, { maxLength: 12 });
const users = fc.constantFrom("user0", "user1", "user7", "user31", "user59", "nobody");

for (const [name, options, list] of variants) {
  Deno.test(`${name}: what came since counts as if it had been in one basket with the rest`, async () => {
    const recommender = await fit(list, { ...base, ...options });
    const known = new Set(recommender.model.items.map(({ id }) => id));
    fc.assert(
      fc.property(users, since, (user, since) => {
        const before: readonly BasketItem[] = list.filter((purchase) => purchase.user === user);
        const got = recommender.recommendFor({ user, since }, 99);
        const anything = since.some(({ item }) => known.has(item));
        if (!anything) {
          const { kind, items } = recommender.recommend(user, 99);
          assert.deepEqual({ kind: got.kind, items: got.items }, { kind, items });
          return;
        }
        const all = [...before, ...since];
        const expected = recommender.recommendFor(all, 99);
        assert.equal(got.kind, expected.kind);
        assert.deepEqual(got.unknown, expected.unknown);
        const scores = new Map(expected.items.map(({ id, score }) => [id, score]));
        assert.deepEqual(got.items.map(({ id }) => id).sort(), [...scores.keys()].sort());
        const size = Math.max(1e-3, ...[...scores.values()].map(Math.abs));
        for (const { id, score } of got.items) {
          const off = Math.abs(score - scores.get(id)!);
          assert.ok(off <= 1e-4 * size, `${id}: ${score}, not ${scores.get(id)}`);
        }
        const net = new Map<string, number>();
        for (const { item, quantity = 1 } of all) net.set(item, (net.get(item) ?? 0) + quantity);
        for (const { id } of got.items) assert.ok(!((net.get(id) ?? 0) > 0), `${id} is owned`);
      }),
      { seed: 11, numRuns: 60 },
    );
  });
}

Deno.test("a purchase that is returned is shown again; one that is bought is not", async () => {
  const recommender = await fit(bought, base);
  const owned = bought.filter(({ user }) => user === "user3");
  const shows = (items: readonly { id: string }[], id: string) =>
    items.some((item) => item.id === id);
  const { items: [best] } = recommender.recommend("user3");
  const now = recommender.recommendFor({ user: "user3", since: [best!.id] }, 99);
  assert.equal(now.kind, "folded_in");
  assert.ok(!shows(now.items, best!.id));
  const both = [{ item: best!.id }, { item: best!.id, quantity: -1 }];
  assert.ok(shows(recommender.recommendFor({ user: "user3", since: both }, 99).items, best!.id));
  const all = owned.map(({ item, quantity = 1 }) => ({ item, quantity: -quantity }));
  const nothing = recommender.recommendFor({ user: "user3", since: all }, 99);
  assert.deepEqual(nothing, { kind: "popular", items: recommender.popular(99), unknown: [] });
  const [first] = owned;
  const one = owned.filter(({ item }) => item === first!.item)
    .map(({ item, quantity = 1 }) => ({ item, quantity: -quantity }));
  assert.ok(!shows(recommender.recommend("user3", 99).items, first!.item));
  assert.ok(shows(recommender.recommendFor({ user: "user3", since: one }, 99).items, first!.item));
});

Deno.test("explanations of a user who bought since add up to the score that is shown", async () => {
  const recommender = await fit(bought, { ...base, halfLife: 30 });
  const who = {
    user: "user8",
    since: [{ item: "10", time: day(95) }, { item: "13", quantity: 4 }],
  };
  const { items } = recommender.recommendFor(who, 6);
  const explained = recommender.explainAll(who, items.map(({ id }) => id));
  explained.forEach(({ kind, item, contributions, trend, other }, n) => {
    assert.equal(kind, "folded_in");
    assert.deepEqual(item, items[n]);
    const ids = contributions.map(({ id }) => id);
    assert.ok(ids.includes("10") && ids.includes("13"));
    const sum = contributions.reduce((sum, { contribution }) => sum + contribution, trend + other);
    assert.ok(Math.abs(sum - item.score) <= 1e-6 * Math.abs(item.score));
  });
});

Deno.test("a model that cannot fold in says so", () => {
  const recommender = new Recommender(modelOf());
  assert.throws(
    () => recommender.recommendFor({ user: "user000001", since: ["100001"] }),
    { name: "RangeError", message: /params do not say/ },
  );
});
