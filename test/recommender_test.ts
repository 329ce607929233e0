import assert from "node:assert/strict";
import { learnedColumns } from "../pipeline/als/model.ts";
import { tablesOf } from "../pipeline/data/memory.ts";
import { fit } from "../pipeline/fitting.ts";
import { Recommender } from "../pipeline/recommender.ts";
import { modelOf, purchases } from "./support/shop.ts";

Deno.test("an option that is mistyped or impossible is refused by name", async () => {
  const options: [object, RegExp][] = [
    [{ factor: 8 }, /"factor"/],
    [{ factors: 0 }, /factors: /],
    [{ iterations: 1.5 }, /iterations: /],
    [{ alpha: NaN }, /alpha: /],
    [{ seed: -1 }, /seed: /],
    [{ lambda: 0 }, /lambda: /],
    [{ halfLife: 0 }, /halfLife: /],
    [{ popularityExponent: -1 }, /popularityExponent: /],
    [{ trend: { weight: 0 } }, /trend: weight: /],
    [{ solver: "toString" }, /solver: /],
  ];
  for (const [option, message] of options) {
    await assert.rejects(fit(purchases(4, 4), option), (error) => {
      assert(error instanceof RangeError);
      assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects(fit([]), /no purchases/);
  const one = await fit([{ user: "u", item: "a" }], { factors: 2, iterations: 2 });
  assert.deepEqual(one.recommend("u"), { kind: "personalized", items: [] });
});

Deno.test("purchases that only claim their types are refused, and named", () => {
  const rows: [string, RegExp][] = [
    ["null", /Purchase 0 is null/],
    ['{"item":"1"}', /Purchase 0: the user is no text but undefined/],
    ['{"user":"u","item":5}', /Purchase 0: the item is no text but number: 5/],
    ['{"user":"u","item":"1","quantity":"2"}', /quantity 2: give/],
    ['{"user":"u","item":"1","quantity":null}', /quantity null/],
    ['{"user":"u","item":"1","time":"2024-01-02"}', /time 2024-01-02: give a Date/],
  ];
  for (const [row, message] of rows) {
    assert.throws(() => tablesOf([JSON.parse(row)]), message, row);
  }
});

Deno.test("a fitted recommender keeps to a user's taste and removes what they bought", async () => {
  const list = purchases(60, 20);
  const recommender = await fit(list, { factors: 6, iterations: 8, lambda: 1 });
  for (const user of ["user0", "user1", "user7"]) {
    const { kind, items } = recommender.recommend(user, 3);
    assert.equal(kind, "personalized");
    const bought = new Set(list.filter((p) => p.user === user).map(({ item }) => item));
    for (const { id } of items) {
      assert(!bought.has(id));
      assert.equal(Number(id) % 2, Number(user.slice(4)) % 2, `${user} got ${id}`);
    }
  }
  const again = await fit(list, { factors: 6, iterations: 8, lambda: 1 });
  assert.deepEqual(again.model, recommender.model);
});

Deno.test("lists end where the candidates do", () => {
  const recommender = new Recommender(modelOf({ items: 6 }));
  assert.equal(recommender.recommend("user000000", 5).items.length, 3);
  assert.equal(recommender.recommend("nobody", 100).items.length <= 6, true);
});

Deno.test("users unknown or without purchases get popular items by number of buyers", () => {
  const model = modelOf();
  const recommender = new Recommender(model);
  const expected = model.items.map((item, index) => ({ item, n: model.popularity[index]!, index }))
    .sort((a, b) => b.n - a.n || a.index - b.index).slice(0, 5);
  for (const user of ["nobody", model.users.at(-1)!, "", "__proto__", "constructor"]) {
    const { kind, items } = recommender.recommend(user);
    assert.equal(kind, "popular");
    assert.deepEqual(items, expected.map(({ item, n }) => ({ ...item, score: n })));
  }
});

Deno.test("similar items are those of the largest cosine, itself left out", () => {
  const model = modelOf();
  const recommender = new Recommender(model);
  const { cols, data } = model.itemFactors;
  const row = (i: number) => [...data.subarray(i * cols, (i + 1) * cols)];
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, f) => sum + x * b[f]!, 0);
  const cosine = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const expected = model.items.map(({ id }, i) => ({ id, score: cosine(row(4), row(i)) }))
    .filter((_, i) => i !== 4).sort((a, b) => b.score - a.score).slice(0, 3);
  const found = recommender.similar(model.items[4]!.id, 3);
  assert.deepEqual(found.map(({ id }) => id), expected.map(({ id }) => id));
  found.forEach(({ score }, n) => assert(Math.abs(score - expected[n]!.score) < 1e-12));
  assert.deepEqual(recommender.similar("never sold"), []);
  assert.throws(() => recommender.similar(model.items[4]!.id, 0), /0/);
  assert.throws(() => recommender.popular(1.5), /1\.5/);
});

Deno.test("the trend lifts what sells of late, and makes nothing alike", async () => {
  const day = (n: number) => new Date(Date.UTC(2024, 0, n));
  // Everybody buys two of items 0 to 9 in January; item 10 sells to a few at the end of March.
  const list = Array.from({ length: 40 }, (_, u) =>
    [u % 10, (u * 3 + 1) % 10].map((item) => ({
      user: `user${u}`,
      item: String(item),
      time: day(1 + u % 5),
    }))).flat();
  for (const user of ["user0", "user1", "user2"]) list.push({ user, item: "10", time: day(90) });
  const options = { factors: 4, iterations: 5 };
  const without = await fit(list, options);
  const trending = await fit(list, { ...options, trend: { halfLife: 14, weight: 2 } });
  const first = (of: Recommender, user: string) => of.recommend(user, 1).items[0]?.id;
  assert.notEqual(first(without, "user20"), "10");
  assert.equal(first(trending, "user20"), "10");
  assert.equal(trending.model.itemFactors.cols, 5);
  assert.equal(learnedColumns(trending.model), 4);
  assert.deepEqual(trending.similar("3"), without.similar("3"));
  assert.deepEqual(trending.recommend("nobody"), without.recommend("nobody"));
  await assert.rejects(fit(purchases(4, 4), { ...options, trend: { halfLife: 14, weight: 1 } }), {
    name: "RangeError",
    message: /train\.trend .*no time/,
  });
});

Deno.test("purchases in memory are netted, indexed by id and checked", () => {
  const time = new Date("2024-01-02T00:00:00Z");
  const { interactions, users, items, integerItemIds } = tablesOf([
    { user: "b", item: "7", time },
    { user: "a", item: "10", quantity: 2, time },
    { user: "b", item: "7", quantity: -1, time },
    { user: "a", item: "10", quantity: 0.5, time },
  ], [{ id: "10", name: "Sock", brand: null }]);
  assert.deepEqual(users, ["a", "b"]);
  assert.deepEqual(items.map(({ id, name }) => [id, name]), [["10", "Sock"], ["7", null]]);
  assert.equal(integerItemIds, true);
  assert.deepEqual(interactions, {
    users: 2,
    items: 2,
    user: new Uint32Array([0]),
    item: new Uint32Array([0]),
    quantity: new Float64Array([2.5]),
    time: new Float64Array([1704153600]),
  });
  for (const id of ["007", "1.0", "9007199254740993", "x", "-0"]) {
    assert.equal(tablesOf([{ user: "u", item: id }]).integerItemIds, false, id);
  }
  assert.throws(() => tablesOf([{ user: "", item: "1" }]), /Purchase 0 has an empty user/);
  assert.throws(() => tablesOf([{ user: "u", item: "1", quantity: NaN }]), /quantity NaN/);
  assert.throws(
    () => tablesOf([{ user: "u", item: "1", time }, { user: "u", item: "1" }]),
    /Purchase 1 has no time/,
  );
});

Deno.test("an item and what a user bought are found by id, with quantities; of others nothing", async () => {
  const fitted = await fit([
    { user: "a", item: "x", quantity: 2 },
    { user: "a", item: "y", quantity: 0.5 },
    { user: "b", item: "x" },
    { user: "b", item: "y", quantity: 3 },
    { user: "b", item: "y", quantity: -3 },
  ], { factors: 2, iterations: 1, threads: 1, items: [{ id: "x", name: "Ex" }] });
  assert.equal(fitted.item("x")?.name, "Ex");
  assert.equal(fitted.item("z"), undefined);
  const bought = (user: string) => fitted.bought(user).map(({ id, quantity }) => [id, quantity]);
  assert.deepEqual(bought("a"), [["x", 2], ["y", 0.5]]);
  assert.deepEqual(bought("b"), [["x", 1]]);
  assert.deepEqual(bought("nobody"), []);
});
