import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { ItemMask } from "../../pipeline/topk/mask.ts";

const sets = fc.integer({ min: 0, max: 130 }).chain((items) => {
  const some = items === 0
    ? fc.constant<number[]>([])
    : fc.array(fc.integer({ min: 0, max: items - 1 }));
  return fc.record({
    items: fc.constant(items),
    all: fc.boolean(),
    add: some,
    remove: some,
    keep: some,
  });
});

Deno.test("a mask is a set: add, remove, intersect, count, list", () => {
  fc.assert(
    fc.property(sets, ({ items, all, add, remove, keep }) => {
      const every = Array.from({ length: items }, (_, item) => item);
      const kept = new Set(keep);
      const expected = every.filter((item) =>
        (all || add.includes(item)) && !remove.includes(item) && kept.has(item)
      );
      const mask = new ItemMask(items, all).add(add).remove(remove)
        .intersect(new ItemMask(items, false).add(keep));
      assert.deepEqual([...mask.list("in")], expected);
      assert.deepEqual([...mask.list("out")], every.filter((item) => !expected.includes(item)));
      assert.equal(mask.count, expected.length);
      assert.deepEqual(every.filter((item) => mask.has(item)), expected);
    }),
    { seed: 42 },
  );
});

Deno.test("a mask of all has no bit beyond the last item", () => {
  for (const items of [0, 1, 31, 32, 33, 64]) assert.equal(new ItemMask(items, true).count, items);
});
