import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { pairs } from "../../../pipeline/data/interactions.ts";
import { rowIndices } from "../../../pipeline/data/matrix.ts";
import { PART, select } from "../../../pipeline/data/split.ts";
import { heldOutUsers } from "../../../pipeline/data/split/held_out.ts";
import { idsOf, purchases, type Row, rowsOf, shop } from "../../support/parts.ts";

const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });

Deno.test("held-out users: none has a training row, each has items to fold in and to test", () => {
  fc.assert(fc.property(shop, share, share, fc.nat(), (all, users, foldIn, seed) => {
    const mask = heldOutUsers(all, idsOf("u", all.users), { users, foldIn }, seed);
    const [train, folded, test] = [PART.train, PART.foldIn, PART.test]
      .map((part) => select(all, mask, part));
    assert.deepEqual(
      [train!, folded!, test!].flatMap(rowsOf).map(String).sort(),
      rowsOf(all).map(String).sort(),
    );
    const whole = pairs(all);
    const able = Array.from({ length: all.users }, (_, u) => rowIndices(whole, u).length)
      .filter((items) => items > 1).length;
    const held = new Set(test!.user);
    assert.equal(held.size, able === 0 ? 0 : Math.max(1, Math.round(users * able)));
    for (const user of held) {
      assert.ok(!train!.user.includes(user));
      const had = rowIndices(whole, user).length;
      const tested = rowIndices(pairs(test!), user).length;
      assert.equal(tested, Math.min(had - 1, Math.max(1, Math.round((1 - foldIn) * had))));
      assert.equal(rowIndices(pairs(folded!), user).length, had - tested);
    }
    for (const user of train!.user) assert.ok(!folded!.user.includes(user));
  }));
});

Deno.test("held-out users: who and what is drawn hangs on ids and seed, not on the order of users", () => {
  const rows: Row[] = [];
  for (let u = 0; u < 40; u++) for (let i = 0; i < 2 + u % 7; i++) rows.push([u, i, 0, 1]);
  const ids = idsOf("customer ", 40);
  const drawn = (rows: Row[], ids: string[], seed: number) => {
    const all = purchases(rows);
    const mask = heldOutUsers(all, ids, { users: 0.3, foldIn: 0.8 }, seed);
    return rowsOf(select(all, mask, PART.test)).map(([u, i]) => `${ids[u]} ${i}`).sort();
  };
  const once = drawn(rows, ids, 42);
  assert.equal(new Set(once.map((line) => line.split(" ")[1])).size, 12);
  assert.deepEqual(drawn(rows, ids, 42), once);
  assert.notDeepEqual(drawn(rows, ids, 43), once);
  const turned = rows.map(([u, i, d, q]): Row => [39 - u, i, d, q]);
  assert.deepEqual(drawn(turned, ids.toReversed(), 42), once);
});
