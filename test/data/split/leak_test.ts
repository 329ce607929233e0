import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  leaveLastOut,
  PART,
  partition,
  random,
  select,
  temporal,
} from "../../../pipeline/data/split.ts";
import { heldOutUsers } from "../../../pipeline/data/split/held_out.ts";
import { leakLines, leakOf, type VERDICTS } from "../../../pipeline/data/split/leak.ts";
import { idsOf, purchases, type Row, rowsOf, shop } from "../../support/parts.ts";

const DAY = 86_400;

const train = purchases([[0, 0, 1, 1], [0, 1, 10, 1], [1, 0, 20, 1], [2, 2, 5, 1]]);

const CASES: readonly {
  what: string;
  test: Row[];
  verdict: typeof VERDICTS[number];
  counts: [beforeAny: number, beforeOwn: number, copies: number];
  text: RegExp;
}[] = [
  {
    what: "all later",
    test: [[0, 2, 30, 1], [1, 0, 31, 1]],
    verdict: "none",
    counts: [0, 0, 0],
    text: /^leak: none: .* 0 \(0\.0 %\) lie before .*; 1 of 2 test pairs are known from before$/,
  },
  {
    what: "at the very time of the last training purchase",
    test: [[2, 0, 20, 1]],
    verdict: "none",
    counts: [0, 0, 0],
    text: /^leak: none/,
  },
  {
    what: "others bought later",
    test: [[0, 2, 15, 1], [0, 3, 40, 1]],
    verdict: "future of others",
    counts: [1, 0, 0],
    text:
      /1 \(50\.0 %\) before a training interaction of anybody\nwarning: .*what others bought later/,
  },
  {
    what: "the same user bought later",
    test: [[0, 2, 2, 1], [1, 3, 3, 1], [1, 4, 50, 1]],
    verdict: "own future",
    counts: [2, 2, 0],
    text: /2 \(66\.7 %\) lie before .* same user.*\nwarning: .*the same users bought later/,
  },
  {
    what: "a copy of a training purchase",
    test: [[0, 1, 10, 1], [0, 5, 40, 1]],
    verdict: "test in training",
    counts: [1, 0, 1],
    text: /\n1 \(50\.0 %\) of them stand in the training part themselves\nwarning: .*remembered/,
  },
  {
    what: "a user that training does not know",
    test: [[7, 0, 4, 1]],
    verdict: "future of others",
    counts: [1, 0, 0],
    text: /future of others/,
  },
];
for (const { what, test, verdict, counts, text } of CASES) {
  Deno.test(`leak guard: ${what}: ${verdict}`, () => {
    const leak = leakOf(train, purchases(test));
    assert.equal(leak.verdict, verdict);
    assert.deepEqual([leak.beforeAny, leak.beforeOwn, leak.copies], counts);
    assert.match(leakLines(leak).join("\n"), text);
  });
}

Deno.test("leak guard: without times nothing can be told, and it says so", () => {
  const leak = leakOf(
    purchases(rowsOf(train), { timed: false }),
    purchases([[0, 0, 0, 1], [1, 2, 0, 1]], { timed: false }),
  );
  assert.equal(leak.verdict, "unknown");
  assert.deepEqual([leak.beforeAny, leak.beforeOwn, leak.copies], [null, null, null]);
  assert.deepEqual(leak.pairs, { test: 2, known: 1 });
  assert.match(leakLines(leak).at(-1) ?? "", /^warning: whether this split leaks cannot be told/);
});

Deno.test("leak guard: a temporal split never leaks, whatever its gap and window", () => {
  fc.assert(fc.property(shop, fc.nat(30), fc.nat(9), fc.nat(9), (all, cut, gap, days) => {
    const from = (cut + gap) * DAY;
    const mask = temporal(all.time!, cut * DAY, { from, until: from + days * DAY });
    assert.equal(leakOf(...partition(all, mask)).verdict, "none");
  }));
});

Deno.test("leak guard: it finds in any split what one by one comparison finds", () => {
  fc.assert(fc.property(shop, fc.nat(), (all, seed) => {
    const ids = idsOf("u", all.users);
    const held = heldOutUsers(all, ids, { users: 0.5, foldIn: 0.5 }, seed);
    for (const mask of [random(all, ids, 0.3, seed), leaveLastOut(all, all.time!), held]) {
      const [train, test] = partition(all, mask);
      const foldIn = select(all, mask, PART.foldIn);
      const leak = leakOf(train, test, foldIn);
      const known = [...rowsOf(train), ...rowsOf(foldIn)];
      const before = (rows: Row[], own: boolean) =>
        rowsOf(test).filter(([user, , day]) =>
          rows.some(([other, , later]) => later > day && (!own || user === other))
        ).length;
      assert.deepEqual(
        [leak.beforeAny, leak.beforeOwn],
        [before(rowsOf(train), false), before(known, true)],
      );
      assert.equal(leak.copies, 0);
      assert.equal(leak.users.test, new Set(test.user).size);
    }
  }));
});
