/** The model as the pipeline, the library and the server meet it. */
import assert from "node:assert/strict";
import { learnedColumns } from "../../pipeline/als/model.ts";
import { loadSolver } from "../../pipeline/als/solvers.ts";
import { parseConfig } from "../../pipeline/commands/load_config.ts";
import { UsageError } from "../../pipeline/errors.ts";
import { fit } from "../../pipeline/fitting.ts";
import { load } from "../../pipeline/recommender.ts";
import { purchases } from "../support/shop.ts";

const options = { model: "lmf", solver: "simd", factors: 6, iterations: 12, lambda: 0.5 } as const;

Deno.test("lmf: a fitted recommender keeps to a user's taste and removes what they bought", async () => {
  const list = purchases(60, 20);
  const recommender = await fit(list, options);
  for (const user of ["user0", "user1", "user7"]) {
    const { kind, items } = recommender.recommend(user, 3);
    assert.equal(kind, "personalized");
    const bought = new Set(list.filter((p) => p.user === user).map(({ item }) => item));
    for (const { id } of items) {
      assert.ok(!bought.has(id));
      assert.equal(Number(id) % 2, Number(user.slice(4)) % 2, `${user} got ${id}`);
    }
  }
  const { manifest, itemFactors } = recommender.model;
  assert.deepEqual([manifest.params.model, manifest.biasColumns, itemFactors.cols], ["lmf", 2, 8]);
  assert.deepEqual((await fit(list, options)).model, recommender.model);
});

Deno.test("lmf: an item whose every purchase was returned is not put before what others buy", async () => {
  const list = purchases(60, 20);
  const returned = ["a", "b"].flatMap((user) => [
    { user, item: "returned", quantity: 1 },
    { user, item: "returned", quantity: -1 },
  ]);
  const recommender = await fit([...list, ...returned], options);
  for (const user of ["user0", "user1", "user2", "user3"]) {
    const { items } = recommender.recommend(user, 100);
    const rank = items.findIndex(({ id }) => id === "returned");
    const liked = ({ id }: { readonly id: string }) => Number(id) % 2 === Number(user.slice(4)) % 2;
    assert.ok(rank >= 3 && items.slice(0, 3).every(liked), `rank ${rank}`);
  }
  assert.deepEqual(recommender.similar("returned"), []);
});

Deno.test("lmf: similar items have like vectors, however well they sell", async () => {
  const recommender = await fit(purchases(60, 20), options);
  const { model } = recommender;
  const { cols, data } = model.itemFactors;
  const row = (i: number) => [...data.subarray(i * cols, i * cols + options.factors)];
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, f) => sum + x * b[f]!, 0);
  const cosine = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const expected = model.items.map(({ id }, i) => ({ id, score: cosine(row(4), row(i)) }))
    .filter((_, i) => i !== 4).sort((a, b) => b.score - a.score).slice(0, 3);
  const found = recommender.similar(model.items[4]!.id, 3);
  assert.deepEqual(found.map(({ id }) => id), expected.map(({ id }) => id));
  found.forEach(({ score }, n) => assert.ok(Math.abs(score - expected[n]!.score) < 1e-6));
});

Deno.test("lmf: a trend stands behind the biases, and is no part of what is alike", async () => {
  const time = new Date("2024-01-02T00:00:00Z");
  const list = purchases(60, 20).map((purchase) => ({ ...purchase, time }));
  const [plain, trending] = [
    await fit(list, options),
    await fit(list, { ...options, trend: { halfLife: 14, weight: 1 } }),
  ];
  assert.deepEqual([trending.model.itemFactors.cols, learnedColumns(trending.model)], [9, 6]);
  assert.deepEqual(trending.similar("14"), plain.similar("14"));
});

Deno.test("lmf: users of a taste are alike; baskets and reasons are refused, with the remedy", async () => {
  const recommender = await fit(purchases(60, 20), options);
  const alike = recommender.similarUsers("user4", 5);
  assert.equal(alike.length, 5);
  for (const { id } of alike) assert.equal(Number(id.slice(4)) % 2, 0, id);
  const message = /train\.model "lmf", .*least squares.*Set train\.model to "als"/;
  for (
    const ask of [
      () => recommender.recommendFor(["14"]),
      () => recommender.recommendFor([]),
      () => recommender.explain("user1", "14"),
      () => recommender.explain(["12"], "14"),
      () => recommender.foldInItem(["user1"]),
    ]
  ) assert.throws(ask, { name: "RangeError", message });
});

Deno.test("lmf: a saved model answers as before", async () => {
  const recommender = await fit(purchases(30, 20), options);
  const folder = await Deno.makeTempDir();
  try {
    await recommender.save(`${folder}/model`);
    const loaded = await load(`${folder}/model`);
    assert.equal(loaded.model.manifest.biasColumns, 2);
    assert.deepEqual(loaded.recommend("user3"), recommender.recommend("user3"));
    assert.equal(loaded.similar("14").length, 5);
    assert.deepEqual(loaded.similar("14"), recommender.similar("14"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("lmf: a solver that it does not have is refused, with those that it has", async () => {
  assert.equal((await loadSolver("reference", "lmf")).name, "reference");
  await assert.rejects(loadSolver("tfjs", "lmf"), {
    name: "RangeError",
    message: /"tfjs" does not fit train\.model "lmf": set it to "reference" or "simd"/,
  });
  assert.throws(
    () => parseConfig({ train: { model: "lmf", solver: "tfjs" } }),
    (error: unknown) =>
      error instanceof UsageError && /train\.solver: "tfjs" is for .*"simd"/.test(error.message),
  );
  assert.equal(parseConfig({ train: { model: "lmf", solver: "simd" } }).train.model, "lmf");
  await assert.rejects(fit(purchases(4, 4), { ...options, solver: "tfjs" }), {
    name: "RangeError",
    message: /solver: "tfjs" is for/,
  });
});
