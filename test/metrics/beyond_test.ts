import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { type Csr, csrFromEntries, rowIndices } from "../../pipeline/data/matrix.ts";
import { beyondAccuracy, beyondDefinitions } from "../../pipeline/metrics/beyond.ts";
import { diversity } from "../../pipeline/metrics/diversity.ts";
import { coverage, exposure, gini } from "../../pipeline/metrics/exposure.ts";
import { trainingFacts } from "../../pipeline/metrics/training_facts.ts";
import { listsOf } from "../support/lists.ts";

const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-12, `${actual} is not ${expected}`);

/** Training of 12 users x 9 items, and lists of distinct items for some users. */
const shop = fc.record({
  bought: fc.uniqueArray(fc.tuple(fc.nat(11), fc.nat(8)), {
    minLength: 1,
    selector: ([u, i]) => u * 9 + i,
  }),
  rows: fc.array(fc.uniqueArray(fc.nat(8), { maxLength: 7 }), { minLength: 1, maxLength: 8 }),
}).map(({ bought, rows }) => ({
  train: csrFromEntries(12, 9, bought.map(([u]) => u), bought.map(([, i]) => i)),
  rows,
}));

/** Users with a purchase, at least one. */
function buyersOf(train: Csr): Uint32Array {
  return Uint32Array.from({ length: train.rows }, (_, u) => u)
    .filter((u) => rowIndices(train, u).length > 0);
}

Deno.test("worked by hand: three lists over four items", () => {
  // Training: item 0 by users 0 1 2 3, item 1 by 0 1, item 2 by 2, item 3 by nobody.
  const train = csrFromEntries(5, 4, [0, 1, 2, 3, 0, 1, 2], [0, 0, 0, 0, 1, 1, 2]);
  const lists = listsOf(2, [[0, 1], [0, 3], []]);
  const facts = trainingFacts(train, Uint32Array.of(0, 2, 3));
  const { figures, perUser } = beyondAccuracy(lists, [1, 2], facts);
  // Shown within 2: 0 twice, 1 once, 3 once, 2 never: ascending 0 1 1 2, n = 4, p = x / 4.
  // (-3 * 0 - 1 * 1 + 1 * 1 + 3 * 2) / 4 / 3 = 6 / 12
  near(figures["gini@2"], 0.5);
  near(figures["gini@1"], 1);
  near(figures["coverage@2"], 3 / 4);
  // Shares of the four users who bought: 1, 1/2, 1/4, 0; bits: 0, 1, 2, and 2 for what nobody bought.
  assert.deepEqual([...perUser["novelty@2"] ?? []], [0.5, 1, 0]);
  assert.deepEqual([...perUser["averagePopularity@2"] ?? []], [0.75, 0.5, 0]);
  // Profiles: user 0 (1 + 1/2) / 2, user 2 (1 + 1/4) / 2, user 3: 1.
  near(figures["popularityLift@2"], (0.75 + 0.5) / 3 / ((0.75 + 0.625 + 1) / 3) - 1);
  // Cosine of items 0 and 1: 2 / sqrt(4 * 2); with item 3, which nobody bought, 0. No pair: 0.
  near(perUser["diversity@2"]?.[0], 1 - 2 / Math.sqrt(8));
  assert.deepEqual([...perUser["diversity@2"] ?? []].slice(1), [1, 0]);
  assert.ok(!("diversity@1" in figures), "one item has no pair");
  for (const [key, values] of Object.entries(perUser)) {
    near(figures[key], values.reduce((sum, value) => sum + value, 0) / 3);
  }
});

Deno.test("the Gini index is the mean difference of two items' exposure", () => {
  fc.assert(fc.property(fc.array(fc.nat(20), { minLength: 2, maxLength: 12 }), (times) => {
    const total = times.reduce((sum, x) => sum + x, 0);
    const found = gini(Uint32Array.from(times));
    if (total === 0) return assert.equal(found, undefined);
    let differences = 0;
    for (const x of times) for (const y of times) differences += Math.abs(x - y);
    // G = sum |x - y| / (2 n sum x), scaled by n / (n - 1) to reach 1.
    near(found, differences / (2 * (times.length - 1) * total));
  }));
  assert.equal(gini(Uint32Array.of(7)), 0);
  near(gini(Uint32Array.of(0, 0, 5)), 1);
  assert.equal(coverage(new Uint32Array(0)), 0);
});

Deno.test("diversity at every k is that of all pairs one by one", () => {
  fc.assert(fc.property(shop, ({ train, rows }) => {
    const lists = listsOf(7, rows);
    const facts = trainingFacts(train, buyersOf(train));
    const buyers = (item: number) =>
      new Set([...buyersOf(train)].filter((u) => rowIndices(train, u).includes(item)));
    const values = diversity(lists, [1, 2, 4, 7], facts);
    assert.deepEqual(Object.keys(values), ["diversity@2", "diversity@4", "diversity@7"]);
    for (const k of [2, 4, 7]) {
      rows.forEach((row, r) => {
        const items = row.slice(0, k);
        let sum = 0;
        let pairs = 0;
        for (let b = 1; b < items.length; b++) {
          for (let a = 0; a < b; a++) {
            const [one, two] = [buyers(items[a]!), buyers(items[b]!)];
            const common = [...one].filter((u) => two.has(u)).length;
            if (common > 0) sum += common / Math.sqrt(one.size * two.size);
            pairs++;
          }
        }
        near(values[`diversity@${k}`]?.[r], pairs === 0 ? 0 : 1 - sum / pairs);
      });
    }
  }));
});

Deno.test("beyond accuracy keeps its bounds, and needs no more than the lists", () => {
  fc.assert(fc.property(shop, ({ train, rows }) => {
    const facts = trainingFacts(train, buyersOf(train));
    const { figures, perUser } = beyondAccuracy(listsOf(7, rows), [3, 7], facts);
    for (const [key, value] of Object.entries(figures)) {
      assert.ok(Number.isFinite(value), key);
      const bound = key.startsWith("novelty") ? Math.log2(12) : 1;
      if (!key.startsWith("popularityLift")) assert.ok(value >= 0 && value <= bound + 1e-12, key);
      else assert.ok(value >= -1, key);
      assert.ok((key.split("@")[0] ?? "") in beyondDefinitions, key);
    }
    const longer = beyondAccuracy(listsOf(9, rows), [3, 7], facts);
    assert.deepEqual(longer.perUser, perUser);
    assert.deepEqual(longer.figures, figures);
  }));
});

Deno.test("lists of nothing have no Gini index, and what is beyond the catalogue is refused", () => {
  const facts = trainingFacts(csrFromEntries(2, 2, [0, 1], [0, 1]), Uint32Array.of(0));
  const { figures } = beyondAccuracy(listsOf(2, [[], []]), [2], facts);
  assert.deepEqual(figures, {
    "coverage@2": 0,
    "popularityLift@2": -1,
    "novelty@2": 0,
    "averagePopularity@2": 0,
    "diversity@2": 0,
  });
  assert.throws(
    () => beyondAccuracy(listsOf(2, [[0, 2]]), [2], facts),
    /List 0 holds item 2 of 2/,
  );
  assert.throws(
    () => exposure(listsOf(2, [[0]]), 3, 2),
    /Lists of 2 items say nothing about k = 3/,
  );
});

Deno.test("of many training users every n-th tells how alike items are", () => {
  const users = 100_001;
  // Every user buys item 0; the even ones item 1, the odd ones item 2: every third user is both.
  const user = Array.from({ length: 2 * users }, (_, at) => at >> 1);
  const item = user.map((u, at) => at % 2 === 0 ? 0 : 1 + u % 2);
  const train = csrFromEntries(users, 3, user, item);
  const facts = trainingFacts(train, Uint32Array.of(0));
  assert.equal(facts.buyers.cols, Math.ceil(users / 3));
  near(facts.popularity[1], 50_001 / users);
  const values = diversity(listsOf(2, [[0, 1], [1, 2]]), [2], facts);
  const [sampled, ones] = [Math.ceil(users / 3), Math.ceil(Math.ceil(users / 3) / 2)];
  near(values["diversity@2"]?.[0], 1 - ones / Math.sqrt(sampled * ones));
  assert.equal(values["diversity@2"]?.[1], 1);
});
