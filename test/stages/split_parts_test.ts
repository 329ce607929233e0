/** Windows of time, held-out users, and splits that leak: what the stage writes and says of them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "../support/fast_check.ts";
import { secondsOf } from "../../pipeline/config/split.ts";
import { purchases, type Row, rowsOf, shop } from "../support/parts.ts";
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

Deno.test("a given split that leaks on purpose is reported as such", async () => {
  const folder = await Deno.makeTempDir();
  const given = async (rows: string[]) => {
    const file = join(folder, "test.csv");
    const head = "user_id_hash,catalog_item_id,quantity,ordered_at";
    await Deno.writeTextFile(file, [head, ...rows, ""].join("\n"));
    const { summary, lines } = await runSplit(year, { strategy: "given" }, [file]);
    return { leak: summary.leak, warning: lines.find((line) => line.startsWith("warning: ")) };
  };
  try {
    const past = await given(["u0,i1,1,1970-01-11", "u1,i2,1,1970-01-12", "u1,i0,1,1970-04-01"]);
    assert.equal(past.leak.verdict, "own future");
    assert.deepEqual([past.leak.beforeOwn, past.leak.beforeAny], [2, 2]);
    assert.match(past.warning ?? "", /this split leaks: .* the same users bought later/);
    // Day 60 is the last of training, and user 1's own last day is 59.
    const others = await given(["u1,i2,1,1970-03-01T12:00:00"]);
    assert.equal(others.leak.verdict, "future of others");
    const copied = await given(["u0,i2,1,1970-03-02"]);
    assert.equal(copied.leak.verdict, "test in training");
    assert.match(copied.warning ?? "", /test purchases stand in the training part/);
    const honest = await given(["u0,i1,1,1970-03-09", "u1,i2,1,1970-03-10"]);
    assert.deepEqual([honest.leak.verdict, honest.warning], ["none", undefined]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a gap and a window: what lies in them is in no part, and counted", async () => {
  const all = purchases([[0, 0, 0, 1], [0, 1, 10, 1], [0, 2, 14, 1], [0, 3, 20, 1], [0, 4, 30, 1]]);
  const { train, test, summary, lines } = await runSplit(all, {
    ...{ strategy: "temporal", cut: "1970-01-11", gapDays: 5, days: 10 },
  });
  // The cut is day 10: training holds it. Days 11 to 15 are the gap, 16 to 25 are tested.
  assert.deepEqual(rowsOf(train).map(([, item]) => item), [0, 1]);
  assert.deepEqual(rowsOf(test).map(([, item]) => item), [3]);
  assert.deepEqual(summary.unused, { gap: 1, later: 1 });
  assert.equal(summary.cut, 10 * DAY);
  assert.match(lines.join("\n"), /not used: 1 interactions in the 5 days of the gap, 1 after/);
  // Without a cut the test part ends with the last purchase, and the gap lies before it.
  const last = await runSplit(all, { strategy: "temporal", gapDays: 7, days: 10 });
  assert.deepEqual(rowsOf(last.train).map(([, item]) => item), [0, 1]);
  assert.deepEqual(rowsOf(last.test).map(([, item]) => item), [4]);
  assert.deepEqual(last.summary.unused, { gap: 2, later: 0 });
});

Deno.test("temporal: parts, gap and the rest hold every purchase once, each where its time says", () => {
  return fc.assert(
    fc.asyncProperty(
      ...[shop, fc.integer({ min: 1, max: 9 }), fc.nat(5), fc.nat(12), fc.boolean()] as const,
      async (all, days, gapDays, earlierDays, absolute) => {
        const cut = absolute ? { cut: "1970-01-20T00:00:00Z" } : {};
        const params = { strategy: "temporal", days, gapDays, earlierDays, ...cut } as const;
        const found = await runSplit(all, params).catch((error: unknown) => {
          assert.match(String(error), /part is empty/);
        });
        if (found === undefined) return;
        const { train, test, summary: { cut: at, unused, leak } } = found;
        assert.equal(
          train.user.length + test.user.length + unused.gap + unused.later,
          all.user.length,
        );
        const from = at! + gapDays * DAY;
        assert.ok(train.time?.every((time) => time <= at!));
        assert.ok(test.time?.every((time) => time > from && time <= from + days * DAY));
        assert.equal(unused.gap, all.time?.filter((time) => time > at! && time <= from).length);
        assert.equal(leak.verdict, "none");
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("held-out users: the stage writes three parts, the same ones again, and warns", async () => {
  const rows: Row[] = [];
  for (let u = 0; u < 20; u++) for (let i = 0; i < 6; i++) rows.push([u, (u + i) % 9, u + i, 1]);
  const params = { strategy: "held-out-users", heldOut: { users: 0.25, foldIn: 0.5 } } as const;
  const once = await runSplit(purchases(rows), params);
  const { train, foldIn, test, summary, lines } = once;
  assert.deepEqual([summary.train.users, summary.foldIn?.users, summary.test.users], [15, 5, 5]);
  assert.deepEqual([summary.foldIn?.pairs, summary.test.pairs], [15, 15]);
  assert.deepEqual(summary.leak.users, { test: 5, trained: 0 });
  assert.equal(train.user.length + foldIn.user.length + test.user.length, rows.length);
  assert.match(lines[0] ?? "", /15 users, 15 pairs of 5 to fold in, 15 test pairs of 5 users/);
  assert.match(lines.at(-1) ?? "", /^warning: this split leaks/);
  assert.deepEqual(await runSplit(purchases(rows), params), once);
  // For every other strategy nothing is folded in.
  const other = await runSplit(purchases(rows), { strategy: "random" });
  assert.equal(other.summary.foldIn, null);
  assert.equal(other.foldIn.user.length, 0);
});

Deno.test("a cut is in UTC unless it says otherwise", () => {
  assert.equal(secondsOf("2024-05-31"), Date.UTC(2024, 4, 31) / 1000);
  assert.equal(secondsOf("2024-05-31T23:59:59"), Date.UTC(2024, 4, 31, 23, 59, 59) / 1000);
  assert.equal(secondsOf("2024-05-31T23:59:59Z"), secondsOf("2024-06-01T01:59:59+02:00"));
});
