import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { type Interactions, pairs } from "../../pipeline/data/interactions.ts";
import type { Item } from "../../pipeline/data/items.ts";
import { csrFromEntries, rowIndices } from "../../pipeline/data/matrix.ts";
import { perUserMetrics } from "../../pipeline/metrics/ranking.ts";
import { quantileRanges, rangeOf } from "../../pipeline/metrics/slice_groups.ts";
import { addModel, emptySliced, groupValues, slicedSchema } from "../../pipeline/metrics/sliced.ts";
import { makeSlices, type Slice } from "../../pipeline/metrics/slices.ts";
import { testSet } from "../../pipeline/metrics/test_set.ts";
import { listsOf } from "../support/lists.ts";

const DAY = 86_400;
const OPTIONS = { groups: 2, attributes: ["brand", "kind"], largest: 1 };

/** [user, item, day]: item 4 is unknown to training, user 3 bought most. */
const bought: [number, number, number][] = [
  [0, 0, 0],
  [1, 1, 3],
  [2, 0, 9],
  [2, 1, 9],
  [3, 0, 9],
  [3, 2, 8],
  [3, 3, 10],
];
const train: Interactions = {
  users: 4,
  items: 5,
  user: Uint32Array.from(bought, ([user]) => user),
  item: Uint32Array.from(bought, ([, item]) => item),
  quantity: Float64Array.from(bought, () => 1),
  time: Float64Array.from(bought, ([, , day]) => day * DAY + 60),
};
const trainPairs = pairs(train);
/** New to user 0: {1, 4}; to user 1: {0, 2}; to user 2: {3}; to user 3: {1}. */
const test = csrFromEntries(4, 5, [0, 0, 1, 1, 2, 3], [1, 4, 0, 2, 3, 1]);
const set = testSet(trainPairs, test, "new");
const brands = ["A", "A", "B", null, "C"];
const kinds = [null, null, null, null, null];
const items: Item[] = brands.map((brand, i) => ({
  id: String(i),
  name: null,
  brand,
  attributes: { kind: kinds[i] ?? null, colour: i < 2 ? "red" : "blue" },
}));
const data = { set, train, trainPairs, items };

const plain = ({ groups }: Slice) =>
  groups.map(({ name, kind, rows, relevant }) => ({
    name,
    kind,
    rows: [...rows],
    items: Array.from(rows, (_, n) => [...rowIndices(relevant, n)]),
  }));

Deno.test("users by activity, items by popularity, age and attribute", () => {
  const slices = makeSlices(OPTIONS, data);
  // No relevant item has a kind: that slice says nothing.
  assert.deepEqual(slices.map(({ by, attribute }) => attribute ?? by), [
    "activity",
    "popularity",
    "age",
    "brand",
  ]);
  const [activity, popularity, age, brand] = slices;
  assert.deepEqual(plain(activity!), [
    { name: "1", kind: "range", rows: [0, 1], items: [[1, 4], [0, 2]] },
    { name: "2 to 3", kind: "range", rows: [2, 3], items: [[3], [1]] },
  ]);
  // Buyers of the relevant items that training knows: 1 (items 2, 3), 2 (item 1, twice), 3 (item 0).
  assert.deepEqual(plain(popularity!), [
    { name: "1 to 2", kind: "range", rows: [0, 1, 2, 3], items: [[1], [2], [3], [1]] },
    { name: "3", kind: "range", rows: [1], items: [[0]] },
    { name: "not bought in training", kind: "unknown", rows: [0], items: [[4]] },
  ]);
  // First bought on day 0, 3, 8, 10 of 10: 10, 7, 2, 0 days before the end; pairs: 0 2 7 7 10.
  assert.deepEqual(plain(age!), [
    { name: "0 to 7", kind: "range", rows: [0, 1, 2, 3], items: [[1], [2], [3], [1]] },
    { name: "10", kind: "range", rows: [1], items: [[0]] },
    { name: "not bought in training", kind: "unknown", rows: [0], items: [[4]] },
  ]);
  assert.deepEqual(plain(brand!), [
    { name: "A", kind: "value", rows: [0, 1, 3], items: [[1], [0], [1]] },
    { name: "2 other values", kind: "other", rows: [0, 1], items: [[4], [2]] },
    { name: "none", kind: "missing", rows: [2], items: [[3]] },
  ]);
});

Deno.test("figures of groups: lists stay, what is relevant is the group's", () => {
  const slices = makeSlices({ ...OPTIONS, attributes: ["colour"], largest: 2 }, data);
  const sliced = emptySliced(slices);
  const lists = listsOf(2, [[2, 1], [2, 0], [4, 3], [1, 4]]);
  addModel(sliced, slices, "als", lists, [1, 2]);
  slicedSchema.parse(sliced);
  const colour = sliced.find(({ attribute }) => attribute === "colour");
  // Red items are 0, 1: user 0 {1} at rank 2, user 1 {0} at rank 2, user 3 {1} at rank 1.
  const red = colour?.groups.find(({ name }) => name === "red");
  assert.equal(red?.users, 3);
  assert.equal(red?.relevant, 3);
  assert.equal(red?.models.als?.["recall@1"], 1 / 3);
  assert.equal(red?.models.als?.["recall@2"], 1);
  assert.equal(red?.models.als?.["map@2"], (0.5 + 0.5 + 1) / 3);
  // Blue is 2 for user 1, who has it first; 3 for user 2 at rank 2; 4 for user 0, who is not shown it.
  const blue = colour?.groups.find(({ name }) => name === "blue");
  assert.deepEqual([blue?.users, blue?.models.als?.["recall@1"]], [3, 1 / 3]);
});

Deno.test("without times there is no age; an attribute that items lack is refused by name", () => {
  const timeless = makeSlices(OPTIONS, { ...data, train: { ...train, time: undefined } });
  assert.deepEqual(timeless.map(({ by }) => by), ["activity", "popularity", "attribute"]);
  assert.throws(
    () => makeSlices({ ...OPTIONS, attributes: ["size"] }, data),
    /evaluate\.slices\.attributes has "size", which items do not have: take of brand, kind, colour/,
  );
});

Deno.test("items of a test file alone are in no catalogue: unknown, and without a brand", () => {
  const wider = testSet(trainPairs, csrFromEntries(4, 9, [0, 1], [8, 0]), "new");
  const [, popularity, , brand] = makeSlices(OPTIONS, { ...data, set: wider });
  assert.deepEqual(plain(popularity!).map(({ name }) => name), ["3", "not bought in training"]);
  assert.deepEqual(plain(brand!).map(({ kind }) => kind), ["value", "missing"]);
});

Deno.test("quantile ranges part no equal values, leave no value out, and are as even as that lets them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(15), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 2, max: 6 }),
      (values, count) => {
        const ranges = quantileRanges(Uint32Array.from(values), count);
        assert.ok(ranges.length >= 1 && ranges.length <= count);
        ranges.forEach(({ from, to }, n) => {
          assert.ok(from <= to && (n === 0 || ranges[n - 1]!.to < from));
          const below = values.filter((value) => value < to).length;
          const upTo = values.filter((value) => value <= to).length;
          // Some quantile lies within the equal values that the range ends with.
          const cuts = Array.from(
            { length: count },
            (_, q) => Math.ceil(values.length * (q + 1) / count),
          );
          assert.ok(cuts.some((cut) => cut > below && cut <= upTo));
        });
        for (const value of values) assert.ok(rangeOf(ranges, value) >= 0);
      },
    ),
  );
  assert.deepEqual(quantileRanges(new Uint32Array(0), 4), []);
});

Deno.test("groups of a slice share out users or pairs, and one group of all is the whole test set", () => {
  const sets = fc.array(fc.tuple(fc.nat(19), fc.nat(11)), { minLength: 5, maxLength: 80 });
  fc.assert(fc.property(sets, sets, (first, second) => {
    const matrix = (rows: [number, number][]) =>
      csrFromEntries(20, 12, rows.map(([u]) => u), rows.map(([, i]) => i));
    const [known, later] = [matrix(first), matrix(second)];
    const judged = testSet(known, later, "new");
    if (judged.users.length === 0) return;
    const shop = Array.from({ length: 12 }, (_, i): Item => ({
      ...{ id: String(i), name: null, attributes: {} },
      brand: i % 5 === 0 ? null : `brand ${i % 3}`,
    }));
    const of = {
      set: judged,
      train: { ...train, time: undefined },
      trainPairs: known,
      items: shop,
    };
    for (const { by, groups } of makeSlices({ groups: 3, attributes: ["brand"], largest: 2 }, of)) {
      const sum = (count: (group: typeof groups[number]) => number) =>
        groups.reduce((total, group) => total + count(group), 0);
      assert.equal(sum(({ relevant }) => relevant.indices.length), judged.relevant.indices.length);
      if (by === "activity") assert.equal(sum(({ rows }) => rows.length), judged.users.length);
    }
    const lists = listsOf(3, Array.from(judged.users, (u) => [u % 12, (u + 5) % 12, (u + 7) % 12]));
    const everybody = {
      ...{ name: "all", kind: "range", from: 0, to: 1 } as const,
      rows: Uint32Array.from(judged.users, (_, row) => row),
      relevant: judged.relevant,
    };
    const whole = perUserMetrics(lists, judged.relevant, [1, 3]);
    for (const [key, values] of Object.entries(groupValues(lists, everybody, [1, 3]))) {
      assert.deepEqual(values, whole[key]);
    }
  }));
});
