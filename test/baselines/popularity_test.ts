import assert from "node:assert/strict";
import { popularity } from "../../pipeline/baselines/popularity.ts";
import { csrFromEntries } from "../../pipeline/data/matrix.ts";
import { listAt } from "../../pipeline/topk/lists.ts";
import { TopKPool } from "../../pipeline/topk/pool.ts";
import { factorRanker } from "../../pipeline/topk/ranker.ts";

// Item 2 was bought by three users, 0 and 3 by two, 4 by one, 1 by nobody; quantities count nothing.
const train = csrFromEntries(
  3,
  5,
  [0, 0, 1, 1, 1, 2, 2, 2],
  [2, 0, 2, 3, 4, 2, 0, 3],
  [9, 1, 1, 1, 50, 1, 1, 1],
);

Deno.test("popularity ranks by distinct buyers, ties by index, without what the user has", async () => {
  using pool = new TopKPool(1);
  const ranker = factorRanker("popularity", popularity(train));
  const rows = Uint32Array.of(0, 1, 2);
  const all = await ranker.rank({ rows, k: 5 }, pool);
  for (const r of rows) assert.deepEqual([...listAt(all, r).items], [2, 0, 3, 4, 1]);
  assert.deepEqual([...listAt(all, 0).scores], [3, 2, 2, 1, 0]);
  const unseen = await ranker.rank(
    { rows, k: 5, candidates: { pairs: train, mode: "without" } },
    pool,
  );
  assert.deepEqual([...rows].map((r) => [...listAt(unseen, r).items]), [[3, 4, 1], [0, 1], [4, 1]]);
});
