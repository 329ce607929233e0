import assert from "node:assert/strict";
import { z } from "zod";
import { significance } from "../../pipeline/metrics/comparisons.ts";
import { significanceShape, verdict } from "../../pipeline/metrics/verdicts.ts";

const users = 300;
const noise = (seed: number) =>
  Float64Array.from({ length: users }, (_, n) => ((n * 7919 + seed * 104729) % 1000) / 1000);
const plus = (values: Float64Array, by: number) => values.map((value) => value + by);

const base = noise(1);
const models = {
  als: { "ndcg@5": plus(base, 0.1), "map@5": base, "recall@5": plus(base, 0.2) },
  worse: { "ndcg@5": base, "map@5": plus(base, 0.1), "recall@5": base },
  zero: {
    "ndcg@5": new Float64Array(users),
    "map@5": new Float64Array(users),
    "recall@5": new Float64Array(users),
  },
};
const options = { resamples: 500, level: 0.95, seed: 1 };

Deno.test("the model stands beside each baseline in NDCG and MAP, with a verdict", () => {
  const found = significance(models, "als", [5], options);
  z.strictObject(significanceShape).parse(found);
  const said = found.comparisons.map((
    { baseline, metric, verdict },
  ) => [baseline, metric, verdict]);
  assert.deepEqual(said, [
    ["worse", "ndcg@5", "above"],
    ["worse", "map@5", "below"],
    ["zero", "ndcg@5", "above"],
    ["zero", "map@5", "above"],
  ]);
  for (const { p, adjusted, relative, baseline } of found.comparisons) {
    assert.ok(p > 0 && adjusted >= p && adjusted <= 1);
    assert.equal(relative === null, baseline === "zero");
  }
  const [first] = found.comparisons;
  // The same tenth for every user: no draw gives another.
  for (const bound of first?.interval ?? []) assert.ok(Math.abs(bound - 0.1) < 1e-12);
  assert.deepEqual(Object.keys(found.intervals), ["als", "worse", "zero"]);
  assert.deepEqual(Object.keys(found.intervals.als ?? {}), ["ndcg@5", "map@5", "recall@5"]);
  assert.deepEqual(significance(models, "als", [5], options), found);
});

Deno.test("a model alone is compared with nothing", () => {
  const { comparisons, intervals } = significance({ als: models.als }, "als", [5], options);
  assert.deepEqual([comparisons, Object.keys(intervals)], [[], ["als"]]);
});

Deno.test("no verdict without significance", () => {
  assert.equal(verdict(0.1, 0.06, 0.95), "not told apart");
  assert.equal(verdict(0.1, 0.04, 0.95), "above");
  assert.equal(verdict(-0.1, 0.04, 0.95), "below");
  assert.equal(verdict(0, 0, 0.95), "not told apart");
});
