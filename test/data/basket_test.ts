import assert from "node:assert/strict";
import { type Basket, type BasketItem, rowOf } from "../../pipeline/data/basket.ts";

const DAY = 86_400;
const index = new Map([["a", 2], ["b", 0], ["c", 1]]);
const day = (n: number) => new Date(n * DAY * 1000);

function row(basket: Basket, latest?: number) {
  return rowOf(basket, ({ item }: BasketItem) => item, { name: "item", index, latest });
}

Deno.test("a basket is one row by index; ids alone are one piece, of now", () => {
  const { interactions, unknown } = row(["a", { item: "b", quantity: 2.5 }, "a"]);
  assert.deepEqual(interactions, {
    users: 1,
    items: 3,
    user: new Uint32Array(3),
    item: Uint32Array.of(0, 2, 2),
    quantity: Float64Array.of(2.5, 1, 1),
    time: undefined,
  });
  assert.deepEqual(unknown, []);
});

Deno.test("unknown ids are named once each and take no part", () => {
  const { interactions, unknown } = row(["z", "c", "__proto__", "z"]);
  assert.deepEqual([...interactions.item], [1]);
  assert.deepEqual(unknown, ["z", "__proto__"]);
  assert.equal(row([]).interactions.item.length, 0);
});

Deno.test("now is the latest purchase that is known; entries without a time are of it", () => {
  const basket = ["b", { item: "a", time: day(10) }];
  const old = row(basket, 30 * DAY);
  assert.equal(old.now, 30 * DAY);
  assert.deepEqual([...old.interactions.time!], [30 * DAY, 10 * DAY]);
  const newer = row(basket, 5 * DAY);
  assert.equal(newer.now, 10 * DAY);
  assert.deepEqual([...newer.interactions.time!], [10 * DAY, 10 * DAY]);
  assert.equal(row(basket).now, 10 * DAY);
});

Deno.test("what only claims its type is refused, and named", () => {
  const baskets: [string, RegExp][] = [
    ['"a"', /items are no array but string: a/],
    ["null", /items are no array but object: null/],
    ['["a",null]', /Entry 1 is null: give an id, or an object with item/],
    ["[7]", /Entry 0 is 7/],
    ['[{"sku":"a"}]', /Entry 0: the item is no text but undefined/],
    ['[""]', /Entry 0 has an empty item/],
    ['[{"item":"a","quantity":"2"}]', /Entry 0 has quantity 2: give/],
    ['[{"item":"a","time":"2024-01-02"}]', /Entry 0 has the time 2024-01-02: give a Date/],
  ];
  for (const [basket, message] of baskets) {
    assert.throws(() => row(JSON.parse(basket)), message, basket);
  }
  assert.throws(() => row([{ item: "a", time: new Date(NaN) }]), /Entry 0 has an invalid time/);
});
