import assert from "node:assert/strict";
import { csrFromEntries } from "../../pipeline/data/matrix.ts";
import type { DataSet } from "./train/data.ts";
import { Judge } from "./train/quality.ts";

/** User u has bought item u, item u + 1 is held out; there are `users` + 1 items. */
function chain(users: number): DataSet {
  const rows = Array.from({ length: users }, (_, u) => u);
  const part = (shift: number) =>
    csrFromEntries(users, users + 1, rows, rows.map((u) => u + shift));
  return { folder: "", users, items: users + 1, train: part(0), held: part(1) };
}

/** Row r is one-hot at r + shift. */
function oneHot(rows: number, width: number, shift: number): Float32Array {
  const out = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) out[r * width + (r + shift) % width] = 1;
  return out;
}

Deno.test("factors that know what is held out have NDCG 1, others what the rank is worth", async () => {
  const data = chain(12);
  using judge = new Judge(data, 1, 100);
  assert.equal(judge.users, 12);
  const items = oneHot(13, 13, 0);
  assert.equal(await judge.ndcg(oneHot(12, 13, 1), items, 13), 1);
  // What was bought is first in these factors: removed, so that ties by index decide.
  const bought = await judge.ndcg(oneHot(12, 13, 0), items, 13);
  // Rank of item u + 1 among all but item u: u + 1, the first ten count.
  const ranks = Array.from({ length: 12 }, (_, u) => u + 1);
  const expected = ranks.map((rank) => rank <= 10 ? 1 / Math.log2(rank + 1) : 0)
    .reduce((a, b) => a + b) / 12;
  assert.ok(Math.abs(bought - expected) < 1e-12, `${bought} is not ${expected}`);
});

Deno.test("a sample of the users is seeded: the same for every solver", async () => {
  const data = chain(12);
  using one = new Judge(data, 1, 5);
  using two = new Judge(data, 1, 5);
  assert.equal(one.users, 5);
  const [users, items] = [oneHot(12, 13, 0), oneHot(13, 13, 0)];
  assert.equal(await one.ndcg(users, items, 13), await two.ndcg(users, items, 13));
});
