import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "../support/fast_check.ts";
import { type Interactions, pairs } from "../../pipeline/data/interactions.ts";
import { rowIndices } from "../../pipeline/data/matrix.ts";
import { leaveLastOut, partition, random } from "../../pipeline/data/split.ts";
import { idsOf, purchases, type Row, rowsOf, shop } from "../support/parts.ts";
import { runSplit } from "../support/run_split.ts";

const DAY = 86_400;

const year = purchases([
  [0, 0, 0, 1],
  [0, 1, 40, 2],
  [0, 2, 60, 1],
  [1, 0, 31, 1],
  [1, 1, 32, 1],
  [1, 1, 59, -1],
]);

Deno.test("auto is temporal where there are times: the last days, one cut for all", async () => {
  const { train, test, summary, lines, flat } = await runSplit(year);
  // The last purchase is on day 60: later than day 60 - 28 = 32 is tested.
  assert.deepEqual(rowsOf(train), [[0, 0, 0, 1], [1, 0, 31, 1], [1, 1, 32, 1]]);
  assert.deepEqual(rowsOf(test), [[0, 1, 40, 2], [0, 2, 60, 1], [1, 1, 59, -1]]);
  assert.equal(summary.strategy, "temporal");
  assert.equal(summary.cut, 32 * DAY);
  assert.equal(summary.leak.verdict, "none");
  assert.deepEqual(summary.unused, { gap: 0, later: 0 });
  assert.deepEqual(summary.train, { interactions: 3, users: 2, pairs: 3 });
  assert.deepEqual(summary.test, { interactions: 3, users: 2, pairs: 2 });
  assert.match(summary.leaks, /^Nothing/);
  assert.match(lines[0] ?? "", /temporal \(auto: the purchases have times\)/);
  assert.deepEqual(flat, {
    ...{ train_pairs: 3, test_pairs: 2, train_users: 2, test_users: 2 },
    ...{ test_before_any_training: 0, test_before_own_training: 0 },
  });
});

Deno.test("auto is random where there are no times, and says so", async () => {
  const { summary, train, test, lines } = await runSplit(purchases(rowsOf(year), { timed: false }));
  assert.equal(summary.strategy, "random");
  assert.equal(summary.leak.verdict, "unknown");
  assert.match(lines.at(-1) ?? "", /^warning: whether this split leaks cannot be told/);
  assert.equal(summary.cut, null);
  assert.match(lines[0] ?? "", /random \(auto: no times\)/);
  assert.equal(train.time, undefined);
  // User 1 keeps one item net of the return, so only user 0 can give one away.
  assert.deepEqual([...new Set(test.user)], [0]);
  assert.equal(pairs(test).indices.length, 1);
});

Deno.test("leave-last-out takes the last item whole, ties by item, and names its leak", async () => {
  const { train, test, summary } = await runSplit(
    purchases([
      [0, 0, 1, 1],
      [0, 0, 9, 1],
      [0, 1, 5, 1],
      [1, 3, 7, 1],
      [1, 2, 7, 1],
      [2, 4, 20, 1],
    ]),
    { strategy: "leave-last-out" },
  );
  assert.deepEqual(rowsOf(test), [[0, 0, 1, 1], [0, 0, 9, 1], [1, 3, 7, 1]]);
  assert.deepEqual(rowsOf(train), [[0, 1, 5, 1], [1, 2, 7, 1], [2, 4, 20, 1]]);
  // All three come before the purchase of user 2 on day 20.
  assert.equal(summary.leak.beforeAny, 3);
  // User 0 bought item 1 after the first of the item that is tested whole.
  assert.equal(summary.leak.beforeOwn, 1);
  assert.equal(summary.leak.verdict, "own future");
  assert.match(summary.leaks, /future of others/);
});

Deno.test("random and leave-last-out keep every purchase once and leave each user an item", () => {
  fc.assert(fc.property(shop, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (all, fraction) => {
    const ids = idsOf("u", all.users);
    const masks = [
      random(all, ids, fraction, 7),
      leaveLastOut(all, all.time ?? new Float64Array()),
    ];
    masks.forEach((mask, n) => {
      const [train, test] = partition(all, mask);
      assert.deepEqual(
        [...rowsOf(train), ...rowsOf(test)].sort().map(String),
        rowsOf(all).sort().map(String),
      );
      const whole = pairs(all);
      for (let u = 0; u < all.users; u++) {
        const had = rowIndices(whole, u).length;
        const tested = rowIndices(pairs(test), u).length;
        const share = n === 0 ? Math.round(fraction * had) : 1;
        assert.equal(tested, had < 2 ? 0 : Math.min(had - 1, Math.max(1, share)));
        assert.equal(rowIndices(pairs(train), u).length, had - tested);
      }
    });
  }));
});

Deno.test("a random draw depends on the seed, the user's id and items alone", () => {
  const rows: Row[] = [];
  for (let u = 0; u < 4; u++) for (let i = 0; i < 20; i++) rows.push([u, i, 0, 1]);
  const all = purchases(rows);
  const drawn = (interactions: Interactions, ids: string[], user: number, seed: number) => {
    const [, test] = partition(interactions, random(interactions, ids, 0.5, seed));
    return rowsOf(test).filter(([u]) => u === user).map(([, i]) => i);
  };
  const ids = ["a", "b", "c", "d"];
  assert.equal(drawn(all, ids, 1, 42).length, 10);
  assert.deepEqual(drawn(all, ids, 1, 42), drawn(all, ids, 1, 42));
  assert.notDeepEqual(drawn(all, ids, 1, 42), drawn(all, ids, 1, 43));
  assert.notDeepEqual(drawn(all, ids, 1, 42), drawn(all, ids, 2, 42));
  // The same customer after others are gone: at another index, with the same draw.
  const few = purchases(rows.filter(([u]) => u < 2));
  assert.deepEqual(drawn(few, ["b", "z"], 0, 42), drawn(all, ids, 1, 42));
});

Deno.test("given: the file's purchases in the ids of training, what it does not know behind them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "test.csv");
    await Deno.writeTextFile(
      file,
      "user_id_hash,catalog_item_id,quantity,ordered_at\n" +
        "u1,i2,1,1970-03-01\nu1,i2,2,1970-03-01\nu0,brand-new,1,1970-03-02\n" +
        "stranger,i0,1,1970-01-02\nu0,i1,none,1970-03-02\n",
    );
    const { train, test, summary, lines } = await runSplit(year, { strategy: "given" }, [file]);
    assert.deepEqual(rowsOf(train), rowsOf(year));
    assert.deepEqual({ users: test.users, items: test.items }, { users: 3, items: 4 });
    assert.deepEqual(rowsOf(test), [[0, 3, 60, 1], [1, 2, 59, 3], [2, 0, 1, 1]]);
    assert.deepEqual(summary.unknown, { users: 1, items: 1, interactions: 2 });
    assert.deepEqual(summary.rows, { read: 5, dropped: { "bad quantity": 1 } });
    assert.equal(summary.leak.beforeAny, 2);
    assert.match(lines.join("\n"), /1 users and 1 items that training does not know/);
    await assert.rejects(
      runSplit(year, { strategy: "temporal" }, [file]),
      /split.test.path is set, but split.strategy is "temporal": set it to "given"/,
    );
    await Deno.writeTextFile(file, "customer,catalog_item_id\nu1,i2\n");
    await assert.rejects(
      runSplit(year, { strategy: "given" }, [file]),
      /no column "user_id_hash".*Set source.interactions.columns.user/,
    );
    await Deno.writeTextFile(file, "user_id_hash,catalog_item_id,quantity\nu1,i2,-1\n");
    await assert.rejects(
      runSplit(year, { strategy: "given" }, [file]),
      /test part is empty: .*test\.csv/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what cannot be split ends with the remedy", async () => {
  const untimed = purchases(rowsOf(year), { timed: false });
  for (const strategy of ["temporal", "leave-last-out"] as const) {
    await assert.rejects(
      runSplit(untimed, { strategy }),
      /have no times: set source.interactions.columns.time, or split.strategy to "random"/,
    );
  }
  await assert.rejects(runSplit(year, { strategy: "given" }), /no test file: set split.test.path/);
  await assert.rejects(
    runSplit(year, { days: 100 }),
    /The training part is empty: all purchases lie within the last 100 days: lower split.days/,
  );
  const single = purchases([[0, 0, 1, 1], [1, 1, 2, 1]]);
  await assert.rejects(
    runSplit(single, { strategy: "random" }),
    /The test part is empty: no user has two items/,
  );
  const returned = purchases([[0, 0, 1, 1], [0, 0, 80, -1]]);
  await assert.rejects(
    runSplit(returned),
    /The test part is empty: the last 28 days hold only returns/,
  );
  await assert.rejects(
    runSplit(year, { strategy: "temporal", cut: "1969-01-01" }),
    /no purchase lies before the cut at 1969-01-01T00:00:00\.000Z: set a later split\.cut/,
  );
  await assert.rejects(
    runSplit(year, { strategy: "temporal", cut: "1971-01-01" }),
    /the 28 days after the cut at 1971-\S+ and its gap hold no purchase .*: set an earlier split\.cut/,
  );
  await assert.rejects(
    runSplit(untimed, { cut: "1970-02-01" }),
    /have no times: set source.interactions.columns.time/,
  );
  await assert.rejects(runSplit(single, { strategy: "held-out-users" }), /no user has two items/);
});
