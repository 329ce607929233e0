import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { mayHaveSeen, startFrom } from "../../pipeline/als/previous.ts";
import { freshFactors } from "../../pipeline/als/start.ts";
import { csrFromEntries, rowIndices } from "../../pipeline/data/matrix.ts";
import { modelOf } from "../support/shop.ts";

const options = { factors: 8, seed: 5 };

Deno.test("previous: rows by id; new ones start as a solver has them, gone ones are dropped", () => {
  const model = modelOf({ users: 20, items: 15, factors: 8 });
  const modelItems = model.items.map(({ id }) => id);
  const names = (old: readonly string[]) =>
    fc.shuffledSubarray([...old, "new1", "new2", "new3"], { minLength: 1 });
  const cases = fc.property(
    names(model.users),
    names(modelItems),
    fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { minLength: 1, maxLength: 60 }),
    (users, items, entries) => {
      const keys = new Set(entries.map(([u, i]) => (u % users.length) * 100 + i % items.length));
      const sorted = [...keys].sort((a, b) => a - b);
      const pairs = csrFromEntries(
        users.length,
        items.length,
        sorted.map((key) => Math.floor(key / 100)),
        sorted.map((key) => key % 100),
      );
      const start = startFrom(model, { users, items, pairs }, options);
      const fresh = freshFactors(pairs, options);
      let known = 0;
      for (const [u, id] of users.entries()) {
        const old = model.users.indexOf(id);
        const both = old >= 0 && rowIndices(model.seen, old).length > 0 &&
          rowIndices(pairs, u).length > 0;
        const row = start.factors.user.data.subarray(u * 8, u * 8 + 8);
        const expected = both
          ? model.userFactors.data.subarray(old * 8, old * 8 + 8)
          : fresh.userFactors.subarray(u * 8, u * 8 + 8);
        assert.deepEqual(row, expected);
        if (both) known++;
      }
      assert.equal(start.users, known);
      const bought = new Set(pairs.indices);
      let items2 = 0;
      for (const [i, id] of items.entries()) {
        const old = modelItems.indexOf(id);
        const both = old >= 0 && model.popularity[old]! > 0 && bought.has(i);
        const row = start.factors.item.data.subarray(i * 8, i * 8 + 8);
        const expected = both
          ? model.itemFactors.data.subarray(old * 8, old * 8 + 8)
          : fresh.itemFactors.subarray(i * 8, i * 8 + 8);
        assert.deepEqual(row, expected);
        if (!bought.has(i)) assert.ok(row.every((value) => value === 0));
        if (both) items2++;
      }
      assert.equal(start.items, items2);
    },
  );
  fc.assert(cases, { seed: 1 });
});

Deno.test("previous: the trend is left out, and another number of factors refused", () => {
  const model = modelOf({ users: 4, items: 6, factors: 9 });
  const trending = { ...model, manifest: { ...model.manifest, trendColumns: 1 } as const };
  const fitted = { users: model.users, items: model.items.map(({ id }) => id), pairs: model.seen };
  const { factors: { user } } = startFrom(trending, fitted, options);
  assert.equal(user.cols, 8);
  assert.deepEqual(user.data.subarray(8, 16), model.userFactors.data.subarray(9, 17));
  assert.throws(() => startFrom(model, fitted, options), {
    name: "RangeError",
    message: /has 9 factors, train\.factors is 8: set train\.factors to 9, or train\.init/,
  });
});

Deno.test("previous: biases come along; rows that are new have none yet", () => {
  const model = modelOf({ users: 4, items: 6, factors: 11 });
  const manifest = { ...model.manifest, trendColumns: 1, biasColumns: 2 } as const;
  const ids = model.items.map(({ id }) => id);
  const users = ["new", ...model.users.slice(1)];
  const fitted = { users, items: ids, pairs: model.seen };
  const { factors: { user } } = startFrom({ ...model, manifest }, fitted, options);
  const fresh = freshFactors(model.seen, options).userFactors;
  assert.equal(user.cols, 10);
  assert.deepEqual([...user.data.subarray(0, 10)], [...fresh.subarray(0, 8), 0, 0]);
  assert.deepEqual(user.data.subarray(10, 20), model.userFactors.data.subarray(11, 21));
});

Deno.test("previous: what it may have seen", () => {
  const { manifest } = modelOf();
  const until = (fittedUntil: string) => ({ ...manifest, fittedUntil });
  const cut = Date.parse("2024-05-01T12:00:00Z") / 1000;
  assert.equal(mayHaveSeen(until("2024-05-01T12:00:00.000Z"), cut), false);
  assert.equal(mayHaveSeen(until("2024-05-01T12:00:01.000Z"), cut), true);
  assert.equal(mayHaveSeen(until("2024-04-01T00:00:00.000Z"), null), true);
  assert.equal(mayHaveSeen(manifest, cut), true);
});
