import assert from "node:assert/strict";
import { baselinesSchema } from "../../pipeline/config/baselines.ts";
import type { Factors } from "../../pipeline/data/formats.ts";
import { pairs } from "../../pipeline/data/interactions.ts";
import { type RankersContext, rankersFor } from "../../pipeline/stages/rankers.ts";
import { listAt } from "../../pipeline/topk/lists.ts";
import { TopKPool } from "../../pipeline/topk/pool.ts";
import { largeShop } from "../baselines/purchases.ts";

const train = largeShop(60, 40, 1);
const factors: Factors = {
  user: { rows: 60, cols: 1, data: new Float32Array(60).fill(1) },
  item: { rows: 40, cols: 1, data: Float32Array.from({ length: 40 }, (_, i) => i) },
};
const all = baselinesSchema.parse({});

function context(more: Partial<RankersContext> = {}) {
  const lines: string[] = [];
  return {
    ...{ model: "als", factors, train, baselines: all, target: "new" as const, threads: 1, lines },
    report: { log: (line: string) => void lines.push(line), progress() {} },
    ...more,
  };
}

const names = async (more: Partial<RankersContext>) =>
  (await rankersFor(context(more))).map(({ name }) => name);

Deno.test("rankers: the model, the baselines, the truth, in the order of tables", async () => {
  const baselines = ["popularity", "recentPopularity", "itemKnn", "ease"];
  assert.deepEqual(await names({}), ["als", ...baselines]);
  assert.deepEqual(await names({ truth: factors }), ["als", ...baselines, "truth"]);
  for (const target of ["repeat", "all"] as const) {
    assert.deepEqual(await names({ target }), ["als", ...baselines, "buyAgain"]);
  }
  const off = baselinesSchema.parse(
    Object.fromEntries(Object.keys(all).map((name) => [name, null])),
  );
  assert.deepEqual(await names({ baselines: off, target: "all" }), ["als"]);
});

Deno.test("rankers: every one gives full lists, says what it was made with and how long it took", async () => {
  const given = context({ baselines: { ...all, ease: { ...all.ease!, maxItems: 10 } } });
  const rankers = await rankersFor(given);
  using pool = new TopKPool(1);
  const candidates = { pairs: pairs(train), mode: "without" } as const;
  for (const ranker of rankers) {
    const lists = await ranker.rank({ rows: Uint32Array.of(3, 0), k: 5, candidates }, pool);
    for (const r of [0, 1]) assert.equal(new Set(listAt(lists, r).items).size, 5, ranker.name);
    assert.ok(
      given.lines.at(-1)?.match(new RegExp(`^${ranker.name}: 2 lists in \\d+\\.\\d\\d s$`)),
    );
  }
  const [als, popular, , knn, ease] = rankers;
  assert.equal(als?.made, undefined);
  assert.deepEqual(popular?.made, { params: {}, note: null });
  assert.equal(knn?.made?.params.halfLife, null);
  assert.match(ease?.made?.note ?? "", /^on the 10 most bought of \d+ items$/);
  assert.ok(given.lines.some((line) => /^ease: fitted in \d+\.\d\d s, on the 10/.test(line)));
});

Deno.test("rankers: purchases that have all faded leave popularity, and no noise", async () => {
  // A half-life of a tenth of a millisecond: but for the last day's, weights are zero in float32.
  const halfLife = 1e-9;
  const faded = { ...all, ease: { ...all.ease!, halfLife } };
  using pool = new TopKPool(1);
  for (const featureWeighting of ["none", "tfidf", "bm25"] as const) {
    const itemKnn = { ...all.itemKnn!, featureWeighting, halfLife };
    const rankers = await rankersFor(context({ baselines: { ...faded, itemKnn } }));
    for (const { name, rank } of rankers) {
      const lists = await rank({ rows: Uint32Array.of(0), k: 40 }, pool);
      assert.ok(listAt(lists, 0).scores.every(Number.isFinite), name);
      assert.equal(listAt(lists, 0).items.length, 40, name);
    }
  }
});

Deno.test("rankers: without times recent popularity is left out, with a line", async () => {
  const given = context({ train: { ...train, time: undefined } });
  const rankers = await rankersFor(given);
  assert.ok(!rankers.some(({ name }) => name === "recentPopularity"));
  assert.ok(given.lines.includes("recentPopularity is left out: the purchases have no time"));
});

Deno.test("rankers: an aborted run ends", async () => {
  const signal = AbortSignal.abort(new Error("stop"));
  await assert.rejects(rankersFor(context({ signal })), /stop/);
});
